import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BACKGROUND_NICENESS, SIMULATION_NICENESS } from '../../../lib/thread-priority.ts'
import { ExpressionError } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'
import type { JobContext } from '../owner.ts'
import { createDispatcher } from './dispatcher.ts'
import type { Outcome, Work } from './job.ts'
import type { Lane, ProgramLane } from './lane.ts'
import { createStarts } from './starts.ts'
import { createThreads, type Threads } from './threads.ts'
import { createEntry } from './turns.ts'
import { type PoolClock, PROCESS_CLOCK, watchJob } from './watch.ts'

export type { PoolClock } from './watch.ts'

// The worker is in the same folder: TypeScript when run from source, JavaScript when built.
const WORKER = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))

/** How many threads each lane has, except the quick one. */
const SIDE_WORKERS = 1

export interface Pool {
  /**
   * Runs a job and returns its JSON text. All jobs of a program share one `ProgramLane`.
   * @throws ExpressionError
   */
  run(work: Work, program: ProgramLane, context: JobContext): Promise<string>
  /** `starting`: jobs whose thread is starting, or is loading what they need. */
  stats(): { aborted: number; queued: number; starting: number; workers: number }
  close(): Promise<void>
}

/**
 * Worker threads for work that cannot be interrupted from within. The first job starts the first thread; an idle thread
 * ends after a minute. Each lane has its own threads and queue, because slow and new programs, checks and simulations
 * would delay the quick ones. If the processor is busy, simulations get the least of it. In a queue, the jobs of
 * different owners take turns.
 * @param file the module of the threads
 */
export function createPool(
  limits: ExpressionLimits,
  workers: number,
  clock: PoolClock = PROCESS_CLOCK,
  file: string = WORKER
): Pool {
  const side = { most: SIDE_WORKERS, niceness: BACKGROUND_NICENESS, file }
  const lanes: Record<Lane, Threads> = {
    quick: createThreads(limits, { ...side, most: workers }),
    slow: createThreads(limits, side),
    checks: createThreads(limits, side),
    simulations: createThreads(limits, { ...side, niceness: SIMULATION_NICENESS })
  }
  const dispatcher = createDispatcher(lanes, { limits, clock })
  const starts = createStarts(clock.now)
  let aborted = 0
  let closed = false

  return {
    run: async (work, program, { owner, signal }) => {
      if (closed) throw poolClosed()
      if (signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
      using watch = watchJob(work, { limits, clock, starts }, signal)
      const entry = createEntry({ work, owner, program, watch })
      watch.signal.addEventListener('abort', () => dispatcher.cancel(entry, watch.reason() ?? poolClosed()))
      let outcome: Outcome
      try {
        outcome = await dispatcher.run(entry)
      } catch (error) {
        const reason = watch.reason() ?? (error instanceof ExpressionError ? error : failure(error, limits))
        if (reason.kind === 'aborted' || watch.signal.aborted) aborted++
        throw reason
      }
      if ('fault' in outcome) throw new ExpressionError(outcome.fault.kind, outcome.fault.message)
      return outcome.text
    },
    stats: () => ({
      aborted,
      queued: dispatcher.waiting(),
      starting: starts.count(),
      workers: Object.values(lanes).reduce((sum, threads) => sum + threads.count(), 0)
    }),
    close: async () => {
      closed = true
      await dispatcher.close(poolClosed())
    }
  }
}

function poolClosed(): ExpressionError {
  return new ExpressionError('aborted', 'the expression pool is closed')
}

/** Translates the failures of piscina and Node. Any other failure ended the thread, which the pool replaces. */
function failure(error: unknown, limits: ExpressionLimits): ExpressionError {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : (new Error(String(error)) as NodeJS.ErrnoException)
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new ExpressionError('limit', `the expression needs more than ${limits.memoryBytes} bytes of memory`)
  return new ExpressionError('runtime', `the worker failed: ${message}`, { cause: error })
}
