import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Piscina } from 'piscina'
import type { ExpressionLimits } from '../limits.ts'
import type { Batch, Outcomes, WorkerOptions } from './job.ts'
import type { CpuOf } from './watch.ts'

const IDLE_MS = 60_000
const MEBIBYTE = 1024 * 1024
const MIN_HEAP_MEBIBYTES = 64

/** Threads of a lane. */
export interface Threads {
  /** How many there are at most. */
  readonly most: number
  /**
   * Runs jobs on a free thread, or on a new one.
   * @param signal ends the thread
   * @throws whatever ended the thread
   */
  run(batch: Batch, signal: AbortSignal): Promise<Outcomes>
  /** The CPU time of a thread that runs a job. Rejects where it cannot be read, which is always so before Node 24.6. */
  readonly cpuOf: CpuOf
  count(): number
  close(): Promise<void>
}

/**
 * Threads that start with their first job, and end after a minute without one.
 * @param options.file their module
 * @param options.niceness added to the niceness of the process: above 0, they get less time
 */
export function createThreads(
  limits: ExpressionLimits,
  { most, niceness, file }: { most: number; niceness: number; file: string }
): Threads {
  let threads: Piscina<Batch, Outcomes> | undefined

  const start = (): Piscina<Batch, Outcomes> => {
    const started = new Piscina<Batch, Outcomes>({
      filename: file,
      minThreads: 0,
      maxThreads: most,
      idleTimeout: IDLE_MS,
      // A thread gets nothing of the environment and the flags of the process but the folder of compiled code.
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
    // A thread can fail without a job: it runs out of memory while it is being ended, or its job is answered already.
    // The pool replaces it. Without a listener, the event would end the process.
    started.on('error', () => {})
    return started
  }

  return {
    most,
    run: (batch, signal) => (threads ??= start()).run(batch, { signal }),
    cpuOf: async (id) => {
      const thread = threads?.threads.find(({ threadId }) => threadId === id)
      if (thread === undefined) throw new Error('the thread has ended')
      const { user, system } = await thread.cpuUsage()
      return (user + system) / 1000
    },
    count: () => threads?.threads.length ?? 0,
    close: async () => threads?.destroy()
  }
}

/** The folder of compiled code, if the process has one. A thread then starts in half the time. */
function compileCache(): Record<string, string> {
  // Node adds a folder for its version to the one that it is given.
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}
