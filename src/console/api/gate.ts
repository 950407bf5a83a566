import { createChannel } from '../lib/channel.ts'

/** The person declined what a call waited for. This is no fault, so no error is shown. */
export class Declined extends Error {
  override readonly name = 'Declined'
}

/** Calls wait here until the person at the page has proven who they are. One dialog asks, however many calls wait. */
export interface Gate {
  /** @throws Declined if the person declined; the reason of the signal if the call was aborted */
  wait(signal: AbortSignal | undefined): Promise<void>
  /** Repeats every call that waits. */
  open(): void
  /** Fails every call that waits. */
  decline(): void
  /** Whether a dialog has to ask. */
  useClosed(): boolean
}

function createGate(): Gate {
  const closed = createChannel<PromiseWithResolvers<void> | undefined>(undefined)
  return {
    async wait(signal) {
      let current = closed.read()
      if (!current) {
        current = Promise.withResolvers<void>()
        closed.set(current)
      }
      const { promise: aborted, reject } = Promise.withResolvers<never>()
      const onAbort = (): void => reject(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        await Promise.race([current.promise, aborted])
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    },
    open() {
      closed.read()?.resolve()
      closed.set(undefined)
    },
    decline() {
      closed.read()?.reject(new Declined())
      closed.set(undefined)
    },
    useClosed: () => closed.use() !== undefined
  }
}

/** The session ended while a page was open. */
export const signInGate = createGate()

/** The call widens trust, and the password was not given in this session recently. */
export const confirmationGate = createGate()
