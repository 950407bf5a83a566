import { createChannel } from '../lib/channel.ts'

/** The session ended while a page was open: calls wait here until the person has signed in again. */
interface Gate {
  opened: Promise<void>
  open(): void
}

const gate = createChannel<Gate | undefined>(undefined)

/** Waits until somebody has signed in. However many calls wait, one dialog asks. */
export async function waitForSignIn(signal: AbortSignal | undefined): Promise<void> {
  let current = gate.read()
  if (!current) {
    const { promise, resolve } = Promise.withResolvers<void>()
    current = { opened: promise, open: resolve }
    gate.set(current)
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([current.opened, aborted])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Called after a sign-in: every call that waits is made again. */
export function signedInAgain(): void {
  gate.read()?.open()
  gate.set(undefined)
}

export function useSignedOut(): boolean {
  return gate.use() !== undefined
}
