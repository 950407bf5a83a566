import { EgressError } from './error.ts'

/**
 * What ends a call before its answer: its total time, or the caller's signal. One for a whole call with all its hops.
 */
export interface CallDeadline {
  /** Set once the call is over time or cancelled. */
  readonly error: EgressError | undefined
  /** Who is to be told; the exchange that is under way. */
  onCut: ((error: EgressError) => void) | undefined
  /** Lets go of the timer and the signal. To be called however the call ends. */
  release(): void
}

export function startCallDeadline(totalTimeoutMs: number, signal: AbortSignal | undefined): CallDeadline {
  let error: EgressError | undefined
  const cut = (reason: EgressError): void => {
    error ??= reason
    cutoff.onCut?.(error)
  }
  const onAbort = (): void => cut(new EgressError('aborted', 'The call was cancelled', { cause: signal?.reason }))
  const timer = setTimeout(
    () => cut(new EgressError('timeout', `The call took longer than ${totalTimeoutMs} ms`)),
    totalTimeoutMs
  )
  const cutoff: CallDeadline = {
    get error() {
      return error
    },
    onCut: undefined,
    release() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      cutoff.onCut = undefined
    }
  }
  if (signal?.aborted === true) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  return cutoff
}
