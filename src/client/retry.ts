import { secondsOf, Unreachable } from './problem.ts'

export interface RetryOptions {
  /** How often one call is made at most. Default: 4; 1 = never again. */
  attempts?: number
  /** The longest wait before another attempt, in seconds; a longer `Retry-After` is left to the caller. Default: 30. */
  maxWaitSeconds?: number
  /** Whether a call that was answered 429 is made again. Default: true; a page may rather tell the person. */
  limited?: boolean
}

/** What retries need of the world around them. */
export interface RetryWorld {
  fetch: (request: Request) => Promise<Response>
  /** Waits so many milliseconds. Rejects if the signal aborts. `asked`: the gateway named the time by `Retry-After`. */
  wait: (ms: number, signal: AbortSignal, asked: boolean) => Promise<void>
}

/** @param repeat whether the call may be made again where no answer came; by default its method or its key says so */
export type RetryingFetch = (request: Request, repeat?: boolean) => Promise<Response>

const FIRST_WAIT_MS = 250
/** Repeating these has the effect of doing them once (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/**
 * A `fetch` that repeats what may be repeated:
 * - any call that was answered 429, because the gateway refuses it before it does anything
 * - calls that were answered 503 or not at all, if their method is idempotent or they have an `Idempotency-Key`
 *
 * It waits as long as `Retry-After` says, or else twice as long each time with some chance in it.
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

/** Clients that failed at the same time do not return at the same time. */
function waitFactor(attempt: number): number {
  return 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
}

/** What fetch says of a failure is in the cause of its error, where there is one. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
