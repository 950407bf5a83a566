import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { ExpressionError } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'
import type { Lane, ProgramLane } from './lane.ts'
import { sharedNow, type Job, type Outcome, type Work, type WorkerLimits } from './job.ts'

// The worker is in the same folder: TypeScript when run from source, JavaScript when built.
const WORKER = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
const IDLE_MS = 60_000
const MEBIBYTE = 1024 * 1024
const MIN_HEAP_MEBIBYTES = 64

/** Threads of the slow lane, and of the checks. */
const SIDE_WORKERS = 1

/** The time by which jobs are watched. `now` counts as `sharedNow` does; `after` returns what cancels the call. */
export interface PoolClock {
  now(): number
  after(ms: number, call: () => void): () => void
}

const PROCESS_CLOCK: PoolClock = {
  now: sharedNow,
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  }
}

export interface Pool {
  /**
   * Runs a job and returns its JSON text. All jobs of a program pass the same lane.
   * @throws ExpressionError
   */
  run(work: Work, lane: ProgramLane, signal?: AbortSignal): Promise<string>
  stats(): { aborted: number; queued: number; workers: number }
  close(): Promise<void>
}

/**
 * Worker threads for work that nothing can interrupt from within. The first job starts the first thread; an idle thread
 * ends after a minute. Programs whose last job was slow, and checks, have threads and queues of their own; otherwise
 * they would delay the quick ones.
 */
export function createPool(limits: ExpressionLimits, workers: number, clock: PoolClock = PROCESS_CLOCK): Pool {
  const lanes: Record<Lane, Threads> = {
    quick: createThreads(limits, workers),
    slow: createThreads(limits, SIDE_WORKERS),
    checks: createThreads(limits, SIDE_WORKERS)
  }
  const all = Object.values(lanes)
  let aborted = 0
  let closed = false

  return {
    run: async (work, lane, signal) => {
      if (closed) throw poolClosed()
      if (signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
      const job: Job = { work, startedAt: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) }
      if (lane.unfinished > limits.queueLength) throw queueFull(limits)
      const place = lane.join()
      using watch = watchJob(job, limits, clock, signal)
      let outcome: Outcome
      try {
        await unlessAborted(place.ready, watch.signal)
        outcome = await lanes[lane.lane].run(job, watch.signal)
      } catch (error) {
        const reason =
          watch.reason() ?? (error instanceof ExpressionError ? error : closed ? poolClosed() : failure(error, limits))
        if (reason.kind === 'aborted' || watch.signal.aborted) aborted++
        throw reason
      } finally {
        const startedAt = job.startedAt[0] ?? 0
        place.done(startedAt === 0 ? undefined : clock.now() - startedAt)
      }
      if ('fault' in outcome) throw new ExpressionError(outcome.fault.kind, outcome.fault.message)
      return outcome.text
    },
    stats: () => ({
      aborted,
      queued: sum(all.map((threads) => threads.queued())),
      workers: sum(all.map((threads) => threads.count()))
    }),
    close: async () => {
      closed = true
      await Promise.all(all.map((threads) => threads.close()))
    }
  }
}

interface Threads {
  /** @throws ExpressionError `limit` where the queue is full, and whatever piscina throws */
  run(job: Job, signal: AbortSignal): Promise<Outcome>
  queued(): number
  count(): number
  close(): Promise<void>
}

/** Threads with a queue of their own. */
function createThreads(limits: ExpressionLimits, workers: number): Threads {
  let threads: Piscina<Job, Outcome> | undefined
  let unfinished = 0

  const start = (): Piscina<Job, Outcome> =>
    new Piscina<Job, Outcome>({
      filename: WORKER,
      minThreads: 0,
      maxThreads: workers,
      idleTimeout: IDLE_MS,
      // A thread inherits nothing of the process: neither its environment nor its flags.
      env: {},
      argv: [],
      execArgv: [],
      workerData: {
        memoryBytes: limits.memoryBytes,
        scriptTimeoutMs: limits.scriptTimeoutMs,
        consoleChars: limits.consoleChars,
        valueSize: limits.valueSize
      } satisfies WorkerLimits,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(MIN_HEAP_MEBIBYTES, Math.ceil(limits.memoryBytes / MEBIBYTE)) }
    })

  return {
    run: async (job, signal) => {
      if (unfinished >= workers + limits.queueLength) throw queueFull(limits)
      unfinished++
      try {
        return await (threads ??= start()).run(job, { signal })
      } finally {
        unfinished--
      }
    },
    queued: () => threads?.queueSize ?? 0,
    count: () => threads?.threads.length ?? 0,
    close: async () => threads?.destroy()
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function queueFull(limits: ExpressionLimits): ExpressionError {
  return new ExpressionError('limit', `more than ${limits.queueLength} expressions wait for a worker`)
}

function poolClosed(): ExpressionError {
  return new ExpressionError('aborted', 'the expression pool is closed')
}

/** Rejects as soon as the signal aborts. The watch knows the reason. */
async function unlessAborted(ready: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(new Error('aborted'))
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([ready, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
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
function watchJob(job: Job, limits: ExpressionLimits, clock: PoolClock, caller: AbortSignal | undefined): Watch {
  const controller = new AbortController()
  const queuedAt = clock.now()
  const timeoutMs = job.work.kind === 'script' ? limits.scriptTimeoutMs : limits.timeoutMs
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
    else
      end(
        new ExpressionError(
          'limit',
          `the ${job.work.kind === 'script' ? 'script' : 'expression'} ran longer than ${timeoutMs} ms`
        )
      )
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

/** Translates the failures of piscina and Node. Any other failure ended the thread, which the pool replaces. */
function failure(error: unknown, limits: ExpressionLimits): ExpressionError {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : (new Error(String(error)) as NodeJS.ErrnoException)
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new ExpressionError('limit', `the expression needs more than ${limits.memoryBytes} bytes of memory`)
  return new ExpressionError('runtime', `the worker failed: ${message}`, { cause: error })
}
