import { createChannel } from '../lib/channel.ts'

/** Seconds between two tries while the gateway does not answer, unless its answer has a `Retry-After`. */
const RETRY_SECONDS = 4

/**
 * While the gateway does not answer: when the next try is due (epoch milliseconds). The bar over the page counts it
 * down.
 */
export const outage = createChannel<{ retryAt: number } | undefined>(undefined)

/** Called for every call that got no answer. Waits until the next try is due. */
export async function waitOutage(retryAfter: number | undefined, signal: AbortSignal | undefined): Promise<void> {
  const now = Date.now()
  let retryAt = outage.read()?.retryAt ?? 0
  // Calls that fail together try again together.
  if (retryAt <= now) {
    retryAt = now + (retryAfter ?? RETRY_SECONDS) * 1000
    outage.set({ retryAt })
  }
  await pause(retryAt - now, signal)
}

/** Called for every call that got an answer. */
export function endOutage(): void {
  if (outage.read()) outage.set(undefined)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => resolve(), ms)
  const onAbort = (): void => {
    clearTimeout(timer)
    reject(signal?.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => signal?.removeEventListener('abort', onAbort))
}
