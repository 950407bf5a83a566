import { secondsOf, Unreachable } from './problem.ts'

export interface RetryOptions {
  /** The most attempts of one call. Default: 4; 1 = no retries. */
  attempts?: number
  /** The longest wait before another attempt, in seconds; a longer `Retry-After` is left to the caller. Default: 30. */
  maxWaitSeconds?: number
  /** Whether a call that was answered 429 is repeated. Default: true. A page may prefer to tell the person. */
  limited?: boolean
}

/** The functions that retries use. */
export interface RetryWorld {
  fetch: (request: Request) => Promise<Response>
  /**
   * Waits this many milliseconds. Rejects if the signal aborts. `asked`: the gateway named the time by `Retry-After`.
   */
  wait: (ms: number, signal: AbortSignal, asked: boolean) => Promise<void>
}

/**
 * @param repeat whether the call may be repeated if there was no answer; default: if its method is idempotent or it has
 *   a key
 */
export type RetryingFetch = (request: Request, repeat?: boolean) => Promise<Response>

const FIRST_WAIT_MS = 250
/** Repeating these has the same effect as doing them once (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/**
 * Creates a `fetch` that repeats calls which may be repeated:
 * - any call that was answered 429, because the gateway refuses it before it does anything
 * - calls that were answered 503 or not at all, if their method is idempotent or they have an `Idempotency-Key`
 *
 * It waits as long as `Retry-After` says, or else twice as long each time, with jitter.
 * @throws Unreachable if the last attempt got no answer; the signal's reason if it aborts
 */
export function createRetryingFetch(
  { attempts = 4, maxWaitSeconds = 30, limited = true }: RetryOptions,
  { fetch, wait }: RetryWorld
): RetryingFetch {
  return async (request, repeat) => {
    const repeatable = repeat ?? (IDEMPOTENT.has(request.method) || request.headers.has('Idempotency-Key'))
    for (let attempt = 1; ; attempt++) {
      const outcome = await fetch(request.clone()).catch((error: unknown) => ({ error }))
      request.signal.throwIfAborted()
      const failed = 'error' in outcome
      const again = failed || outcome.status === 503 ? repeatable : limited && outcome.status === 429
      const asked = failed ? undefined : secondsOf(outcome.headers.get('Retry-After'))
      const seconds = asked ?? Math.min((FIRST_WAIT_MS / 1000) * waitFactor(attempt), maxWaitSeconds)
      if (!again || attempt >= attempts || seconds > maxWaitSeconds) {
        if (failed) throw new Unreachable(`no answer: ${reasonOf(outcome.error)}`, { cause: outcome.error })
        return outcome
      }
      if (!failed) await outcome.body?.cancel()
      await wait(seconds * 1000, request.signal, asked !== undefined)
    }
  }
}

/** Waits in real time. */
export function waitInTime(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const onAbort = (): void => {
    clearTimeout(timer)
    reject(signal.reason as Error)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => signal.removeEventListener('abort', onAbort))
}

/** Jitter, so that clients that failed at the same time do not all retry at the same time. */
function waitFactor(attempt: number): number {
  return 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
}

/** The reason of a failure. `fetch` puts it into the cause of its error, if there is one. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
