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

export interface Pool {
  /**
   * Runs a job and returns its JSON text. All jobs of a program pass the same lane.
   * @throws ExpressionError
   */
  run(work: Work, pace: ProgramLane, signal?: AbortSignal): Promise<string>
  stats(): { aborted: number; queued: number; workers: number }
  close(): Promise<void>
}

/**
 * Worker threads for work that nothing can interrupt from within. The first job starts the first thread; an idle thread
 * ends after a minute. Programs whose last job was slow, and checks, have threads and queues of their own; otherwise
 * they would delay the quick ones.
 */
export function createPool(limits: ExpressionLimits, workers: number): Pool {
  const lanes: Record<Lane, Threads> = {
    quick: createThreads(limits, workers),
    slow: createThreads(limits, SIDE_WORKERS),
    checks: createThreads(limits, SIDE_WORKERS)
  }
  const all = Object.values(lanes)
  let aborted = 0
  let closed = false

  return {
    run: async (work, pace, signal) => {
      if (closed) throw new ExpressionError('aborted', 'the expression pool is closed')
      if (signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
      const job: Job = { work, startedAt: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) }
      if (pace.unfinished > limits.queueLength) throw queueFull(limits)
      const turn = pace.join()
      using watch = watchJob(job, limits, signal)
      let outcome: Outcome
      try {
        await unlessAborted(turn.ready, watch.signal)
        outcome = await lanes[pace.lane].run(job, watch.signal)
      } catch (error) {
        const reason = watch.reason() ?? (error instanceof ExpressionError ? error : failure(error, limits))
        if (reason.kind === 'aborted' || watch.signal.aborted) aborted++
        throw reason
      } finally {
        const startedAt = job.startedAt[0] ?? 0
        turn.done(startedAt === 0 ? undefined : sharedNow() - startedAt)
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
function watchJob(job: Job, limits: ExpressionLimits, caller: AbortSignal | undefined): Watch {
  const controller = new AbortController()
  const queuedAt = sharedNow()
  const timeoutMs = job.work.kind === 'script' ? limits.scriptTimeoutMs : limits.timeoutMs
  let reason: ExpressionError | undefined
  let timer: NodeJS.Timeout

  const end = (error: ExpressionError): void => {
    reason ??= error
    controller.abort()
  }
  const look = (): void => {
    const startedAt = job.startedAt[0] ?? 0
    const now = sharedNow()
    const left = startedAt === 0 ? limits.queueWaitMs - (now - queuedAt) : timeoutMs - (now - startedAt)
    if (left > 0) timer = setTimeout(look, startedAt === 0 ? Math.min(left, timeoutMs) : left)
    else if (startedAt === 0)
      end(new ExpressionError('limit', `the expression waited longer than ${limits.queueWaitMs} ms for a worker`))
    else
      end(
        new ExpressionError(
          'limit',
          `the ${job.work.kind === 'script' ? 'script' : 'expression'} ran longer than ${timeoutMs} ms`
        )
      )
  }
  const cancel = (): void => end(new ExpressionError('aborted', 'the caller cancelled the expression'))
  timer = setTimeout(look, timeoutMs)
  caller?.addEventListener('abort', cancel, { once: true })

  return {
    signal: controller.signal,
    reason: () => reason,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
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
  if (message === 'Terminating worker thread') return new ExpressionError('aborted', 'the expression pool is closed')
  return new ExpressionError('runtime', `the worker failed: ${message}`, { cause: error })
}
