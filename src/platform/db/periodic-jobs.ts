import pLimit from 'p-limit'
import type { Pool } from 'pg'
import { ADVISORY_LOCK_CLASSES } from '../../lib/advisory-locks.ts'
import { MINUTE_MS } from '../../lib/clock.ts'
import type { Logger } from '../log/log.ts'

/** How often each process checks for due jobs. */
export const JOBS_EVERY_MS = MINUTE_MS
/** How soon a failed job is due again, unless it is due sooner anyway. */
const RETRY_MS = MINUTE_MS
/** Jobs that one process runs at once. Each holds a connection for its lock while it runs. */
const JOBS_AT_ONCE = 2

/** A periodic job, run by one process at a time. Running it twice must do no harm. */
export interface Job {
  name: string
  /** At most this often in one process. */
  everyMs: number
  /** Whether {@link PeriodicJobs.start} runs it, because calls need it. */
  atStart?: boolean
  /** Stops between two batches when the signal is aborted: the process is about to end. */
  run(signal: AbortSignal): Promise<unknown>
}

/** How often and how long the jobs ran in one process, by name. A job that has not run here yet is left out. */
export interface PeriodicJobStats {
  done: Readonly<Record<string, number>>
  failed: Readonly<Record<string, number>>
  /** Seconds since 1970. */
  lastDone: Readonly<Record<string, number>>
  /** Seconds that they took in total. */
  seconds: Readonly<Record<string, number>>
}

export interface PeriodicJobs {
  stats(): PeriodicJobStats
  /** Runs the jobs with `atStart`; the others wait for the first minute. Never rejects. */
  start(): Promise<void>
  /** Runs the jobs that are due now. Skips a job that another process is running. */
  run(): Promise<void>
  /** Aborts the jobs that are running, and waits until they have returned. */
  close(): Promise<void>
}

/**
 * Runs a process's periodic jobs. Each job has a lock of its own, so that a slow one delays no other. A job that fails
 * is logged and is due again after a minute, here or in another process.
 */
export function createPeriodicJobs(deps: {
  pool: Pool
  log: Pick<Logger, 'error'>
  now(): number
  jobs: readonly Job[]
}): PeriodicJobs {
  const lastRuns = new Map<string, number>()
  const stats = {
    done: {} as Record<string, number>,
    failed: {} as Record<string, number>,
    lastDone: {} as Record<string, number>,
    seconds: {} as Record<string, number>
  }
  const running = new Map<string, Promise<void>>()
  const limit = pLimit(JOBS_AT_ONCE)
  const closing = new AbortController()
  const timer = setInterval(() => void run(), JOBS_EVERY_MS).unref()

  async function run(jobs = deps.jobs): Promise<void> {
    const due = jobs.filter(({ name, everyMs }) => deps.now() - (lastRuns.get(name) ?? -Infinity) >= everyMs)
    for (const job of due) if (!running.has(job.name)) running.set(job.name, start(job))
    await Promise.all(running.values())
  }

  function start(job: Job): Promise<void> {
    return limit(() => runLocked(job))
      .catch((error: unknown) => {
        if (closing.signal.aborted) return
        lastRuns.set(job.name, deps.now() - Math.max(0, job.everyMs - RETRY_MS))
        stats.failed[job.name] = (stats.failed[job.name] ?? 0) + 1
        deps.log.error({ err: error, job: job.name }, 'a periodic job failed')
      })
      .finally(() => running.delete(job.name))
  }

  async function runLocked(job: Job): Promise<void> {
    if (closing.signal.aborted) return
    const client = await deps.pool.connect()
    const lock = [ADVISORY_LOCK_CLASSES.periodicJobs, job.name]
    try {
      const {
        rows: [row]
      } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as mine', lock)
      if (!row?.mine) return
      lastRuns.set(job.name, deps.now())
      const startedAt = performance.now()
      try {
        await job.run(closing.signal)
        stats.done[job.name] = (stats.done[job.name] ?? 0) + 1
        stats.lastDone[job.name] = deps.now() / 1000
      } finally {
        stats.seconds[job.name] = (stats.seconds[job.name] ?? 0) + (performance.now() - startedAt) / 1000
        await client.query('select pg_advisory_unlock($1, hashtext($2))', lock)
      }
    } finally {
      client.release()
    }
  }

  return {
    stats: () => stats,
    start: () => run(deps.jobs.filter(({ atStart }) => atStart)),
    run: () => run(),
    async close() {
      clearInterval(timer)
      closing.abort()
      await Promise.all(running.values())
    }
  }
}
