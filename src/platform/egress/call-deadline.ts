import { EgressError } from './error.ts'

/**
 * Ends a call before its answer: by its total time or the caller's signal. One deadline covers a whole call with all
 * its hops.
 */
export interface CallDeadline {
  /** Set once the call has timed out or is cancelled. */
  readonly error: EgressError | undefined
  /** Called when the call ends early; set by the current exchange. */
  onCut: ((error: EgressError) => void) | undefined
  /** Releases the timer and the signal. Must be called however the call ends. */
  release(): void
}

/** @param limitName names the setting that limits the call, for the error */
export function startCallDeadline(
  totalTimeoutMs: number,
  signal: AbortSignal | undefined,
  limitName?: string
): CallDeadline {
  let error: EgressError | undefined
  const cut = (reason: EgressError): void => {
    error ??= reason
    deadline.onCut?.(error)
  }
  const onAbort = (): void => cut(new EgressError('aborted', 'The call was cancelled', { cause: signal?.reason }))
  const timer = setTimeout(
    () =>
      cut(
        new EgressError(
          'timeout',
          `The call took longer than ${totalTimeoutMs / 1000} s${limitName === undefined ? '' : ` (${limitName})`}`
        )
      ),
    totalTimeoutMs
  )
  const deadline: CallDeadline = {
    get error() {
      return error
    },
    onCut: undefined,
    release() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      deadline.onCut = undefined
    }
  }
  if (signal?.aborted === true) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  return deadline
}
