import { ExpressionError } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'
import type { Work } from './job.ts'
import type { Progress } from './progress.ts'
import type { Starts } from './starts.ts'

/** The clock by which jobs are watched. `after` returns a function that cancels the call. */
export interface PoolClock {
  /** Milliseconds since a fixed time. */
  now(): number
  after(ms: number, call: () => void): () => void
}

export const PROCESS_CLOCK: PoolClock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  }
}

/** How the error names a job that runs too long, and the limit that it exceeded. */
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

/** The shortest time between two checks of a job that has little time left. */
const LOOK_MS = 25
/** The same while threads start, when the waiting time of all jobs stands still. */
const LOOK_WHILE_STARTING_MS = 250

/** Milliseconds of CPU time that a thread has used. Rejects where that cannot be read. */
export type CpuOf = (thread: number) => Promise<number>

export interface Watch extends Disposable {
  /** Aborts when the job has to end. */
  signal: AbortSignal
  /**
   * Call this when a thread gets the job.
   * @param leads whether it is the first job of the thread, which may have to start for it. Every other job goes on
   * waiting until it begins
   */
  turn(progress: Progress, cpuOf: CpuOf, leads: boolean): void
  /** Call this when the job waits for a thread again: it was taken back, or its thread ended because of another job. */
  wait(): void
  /** Milliseconds that the job ran; undefined where it never began. */
  ranMs(): number | undefined
  /** Why the watch ended the job; undefined where it did not. */
  reason(): ExpressionError | undefined
}

export interface WatchDeps {
  limits: ExpressionLimits
  clock: PoolClock
  starts: Starts
}

/**
 * Ends a job on the caller's signal, or when one of its three time limits is over: waiting for its turn, starting its
 * thread, running. It ends the job by aborting the signal.
 *
 * The run time is CPU time, so that other work on the machine does not count against a program. A program that gets no
 * CPU time at all is ended by the clock, `clockFactor` times later.
 */
export function watchJob(work: Work, { limits, clock, starts }: WatchDeps, caller: AbortSignal | undefined): Watch {
  const controller = new AbortController()
  const { noun, limit } = KINDS[work.kind]
  const timeoutMs = limits[limit]
  const queuedAt = clock.now()
  const startsBefore = starts.totalMs()
  let reason: ExpressionError | undefined
  let progress: Progress | undefined
  let startEnded: (() => void) | undefined
  let begunAt: number | undefined
  let disposed = false
  let silence = (): void => {}

  const lookAfter = (ms: number, look: () => void): void => {
    silence()
    if (!disposed && reason === undefined) silence = clock.after(ms, look)
  }
  const end = (error: ExpressionError): void => {
    silence()
    reason ??= error
    controller.abort()
  }
  const cancel = (): void => end(new ExpressionError('aborted', 'the caller cancelled the expression'))

  const lookAtWait = (): void => {
    const starting = Math.min(starts.totalMs() - startsBefore, limits.startMs)
    const left = limits.queueWaitMs - (clock.now() - queuedAt - starting)
    if (left > 0) lookAfter(starts.count() > 0 ? Math.max(left, LOOK_WHILE_STARTING_MS) : left, lookAtWait)
    else end(busy(`the expression waited longer than ${limits.queueWaitMs} ms for a worker`, 'queueWaitMs'))
  }

  const lookAtRun = (progress: Progress, cpuOf: CpuOf, since: number): void => {
    // The job has ended: its thread runs other jobs now, and reports the outcomes together.
    if (progress.cpuUsed !== undefined) return
    const overtime = (): void =>
      end(new ExpressionError('limit', `${noun} longer than ${timeoutMs} ms (limit "${limit}")`))
    const left = timeoutMs * limits.clockFactor - (clock.now() - since)
    if (left <= 0) return overtime()
    // `cpuOf` gets no answer from a thread that is in the middle of one long instruction.
    lookAfter(left, overtime)
    const decide = (usedMs: number): void => {
      if (disposed || progress.cpuUsed !== undefined) return
      if (usedMs >= timeoutMs) overtime()
      else lookAfter(Math.min(left, Math.max(timeoutMs - usedMs, LOOK_MS)), () => lookAtRun(progress, cpuOf, since))
    }
    cpuOf(progress.thread).then(
      (cpuMs) => decide(cpuMs - progress.cpuAtStart),
      () => decide(clock.now() - since)
    )
  }

  caller?.addEventListener('abort', cancel, { once: true })
  lookAfter(limits.queueWaitMs, lookAtWait)

  return {
    signal: controller.signal,
    turn(given, cpuOf, leads) {
      progress = given
      if (leads) {
        startEnded = starts.begin()
        lookAfter(limits.startMs, () =>
          end(busy(`no worker was ready for the expression within ${limits.startMs} ms`, 'startMs'))
        )
      }
      void given.begun().then(() => {
        if (progress !== given) return
        startEnded?.()
        if (given.thread === 0) return
        const since = (begunAt = clock.now())
        lookAfter(timeoutMs, () => lookAtRun(given, cpuOf, since))
      })
    },
    wait() {
      progress = undefined
      startEnded?.()
      silence()
      lookAtWait()
    },
    ranMs: () =>
      progress === undefined || progress.thread === 0
        ? undefined
        : (progress.cpuUsed ?? clock.now() - (begunAt ?? clock.now())),
    reason: () => reason,
    [Symbol.dispose]: () => {
      disposed = true
      silence()
      startEnded?.()
      caller?.removeEventListener('abort', cancel)
    }
  }
}

function busy(message: string, limit: keyof ExpressionLimits): ExpressionError {
  return new ExpressionError('busy', `${message} (limit "${limit}")`)
}
