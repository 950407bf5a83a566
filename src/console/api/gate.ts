import { createChannel } from '../lib/channel.ts'

/** The person would not do what a call waited for. Nothing is wrong, so no error is shown. */
export class Declined extends Error {
  override readonly name = 'Declined'
}

/** Where calls wait until the person at the page has proven who it is. However many wait, one dialog asks. */
export interface Gate {
  /** @throws Declined where the person would not; the signal's reason where the call was given up */
  wait(signal: AbortSignal | undefined): Promise<void>
  /** Every call that waits is made again. */
  open(): void
  /** Every call that waits fails. */
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

/** The call widens trust, and this session has not shown the password lately. */
export const confirmationGate = createGate()
