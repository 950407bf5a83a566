import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { createFairQueue } from '../../../lib/fair-queue.ts'
import { ExpressionError } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'
import type { Lane, ProgramLane } from './lane.ts'
import type { JobContext, JobOwner } from '../owner.ts'
import { BACKGROUND_NICENESS, SIMULATION_NICENESS } from '../../../lib/thread-priority.ts'
import type { Job, Outcome, Work, WorkerOptions } from './job.ts'
import { Progress } from './progress.ts'
import { createStarts } from './starts.ts'
import { type CpuOf, type PoolClock, PROCESS_CLOCK, watchJob } from './watch.ts'

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
  /** `starting`: jobs that have their turn, and whose thread starts or loads what they need. */
  stats(): { aborted: number; queued: number; starting: number; workers: number }
  close(): Promise<void>
}

/**
 * Worker threads for work that nothing can interrupt from within. The first job starts the first thread; an idle thread
 * ends after a minute. Each lane has threads and a queue of its own; otherwise slow and new programs, checks and
 * simulations would delay the quick ones. Where cores are short, simulations come last. In a queue, the jobs of each
 * owner take turns with those of the others.
 * @param file the module of the threads
 */
export function createPool(
  limits: ExpressionLimits,
  workers: number,
  clock: PoolClock = PROCESS_CLOCK,
  file: string = WORKER
): Pool {
  const lanes: Record<Lane, Threads> = {
    quick: createThreads(limits, { workers, niceness: BACKGROUND_NICENESS, file }),
    slow: createThreads(limits, { workers: SIDE_WORKERS, niceness: BACKGROUND_NICENESS, file }),
    checks: createThreads(limits, { workers: SIDE_WORKERS, niceness: BACKGROUND_NICENESS, file }),
    simulations: createThreads(limits, { workers: SIDE_WORKERS, niceness: SIMULATION_NICENESS, file })
  }
  const starts = createStarts(clock.now)
  const all = Object.values(lanes)
  let aborted = 0
  let closed = false

  return {
    run: async (work, lane, { owner, signal }) => {
      if (closed) throw poolClosed()
      if (signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
      const most = Math.min(limits.queueLength, limits.queuePerOwner)
      if (lane.unfinished > most) throw queueFull(most)
      const place = lane.join()
      const progress = new Progress()
      using watch = watchJob({ work, progress }, { limits, clock, starts }, signal)
      let outcome: Outcome
      try {
        await unlessAborted(place.ready, watch.signal)
        const threads = lanes[owner.simulation === true && lane.lane !== 'checks' ? 'simulations' : lane.lane]
        outcome = await threads.run({ work, progress: progress.memory }, owner, watch)
      } catch (error) {
        const reason =
          watch.reason() ?? (error instanceof ExpressionError ? error : closed ? poolClosed() : failure(error, limits))
        if (reason.kind === 'aborted' || watch.signal.aborted) aborted++
        throw reason
      } finally {
        place.done(watch.ranMs())
      }
      if ('fault' in outcome) throw new ExpressionError(outcome.fault.kind, outcome.fault.message)
      return outcome.text
    },
    stats: () => ({
      aborted,
      queued: sum(all.map((threads) => threads.queued())),
      starting: starts.count(),
      workers: sum(all.map((threads) => threads.count()))
    }),
    close: async () => {
      closed = true
      await Promise.all(all.map((threads) => threads.close()))
    }
  }
}

interface Threads {
  /**
   * Runs a job, and calls `turn` when it has its turn.
   * @throws ExpressionError `busy` where the queue is full, and whatever piscina throws
   */
  run(job: Job, owner: JobOwner, watch: { signal: AbortSignal; turn(cpuOf: CpuOf): void }): Promise<Outcome>
  queued(): number
  count(): number
  close(): Promise<void>
}

/** Threads with a queue of their own. */
function createThreads(
  limits: ExpressionLimits,
  { workers, niceness, file }: { workers: number; niceness: number; file: string }
): Threads {
  let threads: Piscina<Job, Outcome> | undefined
  const queue = createFairQueue({
    atOnce: workers,
    lanes: { jobs: limits.queueLength },
    perKey: limits.queuePerOwner,
    refuse: queueFull
  })

  const start = (): Piscina<Job, Outcome> => {
    const started = new Piscina<Job, Outcome>({
      filename: file,
      minThreads: 0,
      maxThreads: workers,
      idleTimeout: IDLE_MS,
      // Of the environment and the flags of the process, a thread inherits only where compiled code is kept.
      env: compileCache(),
      argv: [],
      execArgv: [],
      workerData: {
        memoryBytes: limits.memoryBytes,
        scriptTimeoutMs: limits.scriptTimeoutMs,
        consoleChars: limits.consoleChars,
        valueSize: limits.valueSize,
        niceness
      } satisfies WorkerOptions,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(MIN_HEAP_MEBIBYTES, Math.ceil(limits.memoryBytes / MEBIBYTE)) }
    })
    // Of threads that fail without a job: one that runs out of memory while it is being ended, and one whose job is
    // already answered. The pool replaces them. Without a listener the event would end the process.
    started.on('error', () => {})
    return started
  }

  /** Of a thread that runs a job. Rejects before Node 24.6 too, which cannot tell. */
  const cpuOf: CpuOf = async (id) => {
    const thread = threads?.threads.find(({ threadId }) => threadId === id)
    if (thread === undefined) throw new Error('the thread has ended')
    const { user, system } = await thread.cpuUsage()
    return (user + system) / 1000
  }

  return {
    run: (job, { key }, { signal, turn }) =>
      queue.run(
        'jobs',
        [key],
        () => {
          turn(cpuOf)
          return (threads ??= start()).run(job, { signal })
        },
        signal
      ),
    queued: () => queue.waiting(),
    count: () => threads?.threads.length ?? 0,
    close: async () => threads?.destroy()
  }
}

/** The folder of compiled code, where the process keeps one: a thread then starts in half the time. */
function compileCache(): Record<string, string> {
  // Node adds a folder for its version to the one that it is given.
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
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
