import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { ExpressionError } from '../error.ts'
import type { ExpressionLimits } from '../limits.ts'
import { sharedNow, type Job, type Outcome, type Work, type WorkerLimits } from './job.ts'

// The worker is this file's neighbour, in TypeScript when run from source and in JavaScript when built.
const WORKER = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
const IDLE_MS = 60_000
const MEBIBYTE = 1024 * 1024
const MIN_HEAP_MEBIBYTES = 64

export interface Pool {
  /** The JSON text a job answers. @throws ExpressionError */
  run(work: Work, signal?: AbortSignal): Promise<string>
  stats(): { aborted: number, queued: number, workers: number }
  close(): Promise<void>
}

/** Worker threads for what cannot be interrupted from within. The first job starts the first thread; idle ones end after a minute. */
export function createPool(limits: ExpressionLimits, workers: number): Pool {
  let threads: Piscina<Job, Outcome> | undefined
  let aborted = 0
  let unfinished = 0
  let closed = false

  const start = (): Piscina<Job, Outcome> => new Piscina<Job, Outcome>({
    filename: WORKER,
    minThreads: 0,
    maxThreads: workers,
    idleTimeout: IDLE_MS,
    // A thread gets nothing of the process: neither its environment nor the flags it was started with.
    env: {},
    argv: [],
    execArgv: [],
    workerData: {
      memoryBytes: limits.memoryBytes,
      scriptTimeoutMs: limits.scriptTimeoutMs,
      consoleChars: limits.consoleChars,
      valueSize: limits.valueSize,
    } satisfies WorkerLimits,
    resourceLimits: { maxOldGenerationSizeMb: Math.max(MIN_HEAP_MEBIBYTES, Math.ceil(limits.memoryBytes / MEBIBYTE)) },
  })

  return {
    run: async (work, signal) => {
      if (closed) throw new ExpressionError('aborted', 'the expression pool is closed')
      if (signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
      if (unfinished >= workers + limits.queueLength) throw new ExpressionError('limit', `more than ${limits.queueLength} expressions wait for a worker`)
      const job: Job = { work, startedAt: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) }
      using watch = watchJob(job, limits, signal)
      let outcome: Outcome
      unfinished++
      try {
        outcome = await (threads ??= start()).run(job, { signal: watch.signal })
      } catch (error) {
        const reason = watch.reason() ?? failure(error, limits)
        if (reason.kind === 'aborted' || watch.signal.aborted) aborted++
        throw reason
      } finally {
        unfinished--
      }
      if ('fault' in outcome) throw new ExpressionError(outcome.fault.kind, outcome.fault.message)
      return outcome.text
    },
    stats: () => ({ aborted, queued: threads?.queueSize ?? 0, workers: threads?.threads.length ?? 0 }),
    close: async () => {
      closed = true
      await threads?.destroy()
    },
  }
}

interface Watch extends Disposable {
  signal: AbortSignal
  /** Why the job was ended, where it was. */
  reason(): ExpressionError | undefined
}

/** Ends a job on the caller's signal, after waiting too long, or after running too long. */
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
    else if (startedAt === 0) end(new ExpressionError('limit', `the expression waited longer than ${limits.queueWaitMs} ms for a worker`))
    else end(new ExpressionError('limit', `the ${job.work.kind === 'script' ? 'script' : 'expression'} ran longer than ${timeoutMs} ms`))
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
    },
  }
}

/** piscina's and Node's own failures. Anything unknown ended the thread, which the pool replaces. */
function failure(error: unknown, limits: ExpressionLimits): ExpressionError {
  const { code, message } = error instanceof Error ? error as NodeJS.ErrnoException : new Error(String(error)) as NodeJS.ErrnoException
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new ExpressionError('limit', `the expression needs more than ${limits.memoryBytes} bytes of memory`)
  if (message === 'Terminating worker thread') return new ExpressionError('aborted', 'the expression pool is closed')
  return new ExpressionError('runtime', `the worker failed: ${message}`, { cause: error })
}
