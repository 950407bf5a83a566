import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { createFairQueue } from '../../../lib/fair-queue.ts'
import { ExpressionError } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'
import type { Lane, ProgramLane } from './lane.ts'
import type { JobContext, JobOwner } from '../owner.ts'
import type { Job, Outcome, Work, WorkerLimits } from './job.ts'
import { type PoolClock, PROCESS_CLOCK, watchJob } from './watch.ts'

export type { PoolClock } from './watch.ts'

// The worker is in the same folder: TypeScript when run from source, JavaScript when built.
const WORKER = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
const IDLE_MS = 60_000
const MEBIBYTE = 1024 * 1024
const MIN_HEAP_MEBIBYTES = 64

/** Threads of each lane but the quick one. */
const SIDE_WORKERS = 1

export interface Pool {
  /**
   * Runs a job and returns its JSON text. All jobs of a program pass the same lane.
   * @throws ExpressionError
   */
  run(work: Work, lane: ProgramLane, context: JobContext): Promise<string>
  stats(): { aborted: number; queued: number; workers: number }
  close(): Promise<void>
}

/**
 * Worker threads for work that nothing can interrupt from within. The first job starts the first thread; an idle thread
 * ends after a minute. Each lane has threads and a queue of its own; otherwise slow and new programs, checks and
 * simulations would delay the quick ones. In a queue, the jobs of each owner take turns with those of the others.
 */
export function createPool(limits: ExpressionLimits, workers: number, clock: PoolClock = PROCESS_CLOCK): Pool {
  const lanes: Record<Lane, Threads> = {
    quick: createThreads(limits, workers),
    slow: createThreads(limits, SIDE_WORKERS),
    checks: createThreads(limits, SIDE_WORKERS),
    simulations: createThreads(limits, SIDE_WORKERS)
  }
  const all = Object.values(lanes)
  let aborted = 0
  let closed = false

  return {
    run: async (work, lane, { owner, signal }) => {
      if (closed) throw poolClosed()
      if (signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
      const job: Job = { work, startedAt: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) }
      const most = Math.min(limits.queueLength, limits.queuePerOwner)
      if (lane.unfinished > most) throw queueFull(most)
      const place = lane.join()
      using watch = watchJob(job, limits, clock, signal)
      let outcome: Outcome
      try {
        await unlessAborted(place.ready, watch.signal)
        const threads = lanes[owner.simulation === true && lane.lane !== 'checks' ? 'simulations' : lane.lane]
        outcome = await threads.run(job, owner, watch.signal)
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
  run(job: Job, owner: JobOwner, signal: AbortSignal): Promise<Outcome>
  queued(): number
  count(): number
  close(): Promise<void>
}

/** Threads with a queue of their own. */
function createThreads(limits: ExpressionLimits, workers: number): Threads {
  let threads: Piscina<Job, Outcome> | undefined
  const queue = createFairQueue({
    atOnce: workers,
    lanes: { jobs: limits.queueLength },
    perKey: limits.queuePerOwner,
    refuse: queueFull
  })

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
    run: (job, { key }, signal) => queue.run('jobs', [key], () => (threads ??= start()).run(job, { signal }), signal),
    queued: () => queue.waiting(),
    count: () => threads?.threads.length ?? 0,
    close: async () => threads?.destroy()
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function queueFull(limit: number): ExpressionError {
  return new ExpressionError('busy', `more than ${limit} expressions wait for a worker`)
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

/** Translates the failures of piscina and Node. Any other failure ended the thread, which the pool replaces. */
function failure(error: unknown, limits: ExpressionLimits): ExpressionError {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : (new Error(String(error)) as NodeJS.ErrnoException)
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new ExpressionError('limit', `the expression needs more than ${limits.memoryBytes} bytes of memory`)
  return new ExpressionError('runtime', `the worker failed: ${message}`, { cause: error })
}
