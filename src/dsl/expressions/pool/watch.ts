import { ExpressionError } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'
import { sharedNow, type Job, type Work } from './job.ts'

/** The time by which jobs are watched. `now` counts as `sharedNow` does; `after` returns what cancels the call. */
export interface PoolClock {
  now(): number
  after(ms: number, call: () => void): () => void
}

export const PROCESS_CLOCK: PoolClock = {
  now: sharedNow,
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  }
}

/** What a job that runs too long is called, and the limit of its time. */
const KINDS: Readonly<
  Record<Work['kind'], { noun: string; limit: 'timeoutMs' | 'scriptTimeoutMs' | 'documentTimeoutMs' }>
> = {
  run: { noun: 'the expression ran', limit: 'timeoutMs' },
  check: { noun: 'the expression ran', limit: 'timeoutMs' },
  script: { noun: 'the script ran', limit: 'scriptTimeoutMs' },
  validate: { noun: 'the check against the schema ran', limit: 'timeoutMs' },
  schema: { noun: 'compiling the schema took', limit: 'documentTimeoutMs' },
  read: { noun: 'reading the text took', limit: 'documentTimeoutMs' },
  locate: { noun: 'reading the text took', limit: 'documentTimeoutMs' }
}

interface Watch extends Disposable {
  signal: AbortSignal
  /** Why the watch ended the job; undefined where it did not. */
  reason(): ExpressionError | undefined
}

/**
 * Ends a job on the caller's signal, after it waited too long, or after it ran too long.
 *
 * A job is queued until the worker writes `startedAt`, then running. `look` reads that memory whenever the earlier of
 * the two limits may have passed, and ends the job by aborting the signal.
 */
export function watchJob(job: Job, limits: ExpressionLimits, clock: PoolClock, caller: AbortSignal | undefined): Watch {
  const controller = new AbortController()
  const queuedAt = clock.now()
  const { noun, limit } = KINDS[job.work.kind]
  const timeoutMs = limits[limit]
  let reason: ExpressionError | undefined
  let silence: () => void

  const end = (error: ExpressionError): void => {
    reason ??= error
    controller.abort()
  }
  const look = (): void => {
    const startedAt = job.startedAt[0] ?? 0
    const now = clock.now()
    const left = startedAt === 0 ? limits.queueWaitMs - (now - queuedAt) : timeoutMs - (now - startedAt)
    if (left > 0) silence = clock.after(startedAt === 0 ? Math.min(left, timeoutMs) : left, look)
    else if (startedAt === 0)
      end(new ExpressionError('busy', `the expression waited longer than ${limits.queueWaitMs} ms for a worker`))
    else end(new ExpressionError('limit', `${noun} longer than ${timeoutMs} ms (limit "${limit}")`))
  }
  const cancel = (): void => end(new ExpressionError('aborted', 'the caller cancelled the expression'))
  silence = clock.after(Math.min(timeoutMs, limits.queueWaitMs), look)
  caller?.addEventListener('abort', cancel, { once: true })

  return {
    signal: controller.signal,
    reason: () => reason,
    [Symbol.dispose]: () => {
      silence()
      caller?.removeEventListener('abort', cancel)
    }
  }
}
