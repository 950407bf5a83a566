import type { Pool } from 'pg'
import { MINUTE_MS } from '../../lib/clock.ts'
import { ADVISORY_LOCKS } from '../../lib/advisory-locks.ts'
import type { Logger } from '../log/log.ts'

/** How often each process checks for due jobs. */
export const JOBS_EVERY_MS = MINUTE_MS

/** A periodic job, run by one process at a time. Running it twice must do no harm. */
export interface Job {
  name: string
  /** At most this often in one process. */
  everyMs: number
  run(): Promise<unknown>
}

export interface PeriodicJobs {
  /** Does the work that is due now. Does nothing while another process runs it. */
  run(): Promise<void>
  close(): Promise<void>
}

/**
 * The timer that runs a process's periodic jobs. A job that fails is logged and runs again when it is next due.
 */
export function createPeriodicJobs(deps: {
  pool: Pool
  log: Pick<Logger, 'error'>
  now(): number
  jobs: readonly Job[]
}): PeriodicJobs {
  const lastRuns = new Map<string, number>()
  let running: Promise<void> | undefined
  const timer = setInterval(() => void run(), JOBS_EVERY_MS).unref()

  async function runDue(): Promise<void> {
    const due = deps.jobs.filter(({ name, everyMs }) => deps.now() - (lastRuns.get(name) ?? -Infinity) >= everyMs)
    if (due.length === 0) return
    const client = await deps.pool.connect()
    try {
      const {
        rows: [row]
      } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
        ADVISORY_LOCKS.periodicJobs
      ])
      if (!row?.mine) return
      try {
        for (const job of due) {
          lastRuns.set(job.name, deps.now())
          await job.run().catch((error: unknown) => deps.log.error({ err: error, job: job.name }, 'a job failed'))
        }
      } finally {
        await client.query('select pg_advisory_unlock($1)', [ADVISORY_LOCKS.periodicJobs])
      }
    } finally {
      client.release()
    }
  }

  function run(): Promise<void> {
    return (running ??= runDue()
      .catch((error: unknown) => deps.log.error({ err: error }, 'the periodic jobs could not run'))
      .finally(() => {
        running = undefined
      }))
  }

  return {
    run,
    async close() {
      clearInterval(timer)
      await running
    }
  }
}
