import { PgBoss, type Db } from 'pg-boss'
import type { Pool, PoolClient } from 'pg'
import { HEARTBEAT_SECONDS, MAX_HANDOVERS } from './settings.ts'

/**
 * A day, the most that pg-boss allows. A run that is busy for longer is handed over once a day and continues from its
 * journal.
 */
const EXPIRE_SECONDS = 86_399
/** A job is deleted when its run is done with it, and by nothing else. */
const RETENTION_SECONDS = 10 * 366 * 86_400
const SUPERVISE_SECONDS = 2

const RUNS = 'runs'
const DEAD = 'runs_dead'

/** A job and the number of the attempt at it. */
export interface JobAttempt {
  id: string
  retryCount: number
}

export interface NewJob {
  id: string
  runId: string
  workspaceId: string
  priority: number
}

export interface RunJob extends JobAttempt {
  runId: string
  /** The job that the run refers to; for a dead letter, the job that failed too often. */
  jobId: string
}

/**
 * The queue of runs: jobs with leases and heartbeats, counted hand-overs, and a second queue for jobs that were handed
 * over too often. A method with a `tx` takes part in that transaction.
 */
export interface RunQueue {
  add(jobs: readonly NewJob[], tx?: PoolClient): Promise<void>
  /** Takes up to `limit` jobs, except those of the workspaces in `otherThan`. */
  take(limit: number, otherThan: readonly string[]): Promise<RunJob[]>
  /** Renews the leases, and returns the ids of the jobs that these attempts still have. */
  touch(jobs: readonly JobAttempt[]): Promise<ReadonlySet<string>>
  /** Fails the attempts of a holder that is gone: the job goes to another worker, or to the dead letters. */
  handOver(jobs: readonly JobAttempt[], tx?: PoolClient): Promise<void>
  /** Deletes jobs that this attempt still holds. */
  remove(jobs: readonly JobAttempt[], tx?: PoolClient): Promise<void>
  /** Deletes jobs, whichever attempt holds them. */
  removeAll(ids: readonly string[]): Promise<void>
  /** Whether jobs can be added. */
  isThere(): Promise<boolean>
  takeDead(limit: number): Promise<RunJob[]>
  removeDead(jobs: readonly JobAttempt[]): Promise<void>
  close(): Promise<void>
}

export interface QueueOptions {
  pool: Pool
  /** Whether this process expires leases whose heartbeat stopped. At least one process must. */
  supervise: boolean
  onError(error: unknown): void
  maxHandovers?: number
}

/** Opens the queue. Creates its tables where they are missing. */
export async function openQueue({
  pool,
  supervise,
  onError,
  maxHandovers = MAX_HANDOVERS
}: QueueOptions): Promise<RunQueue> {
  const boss = new PgBoss({
    db: through(pool),
    supervise,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    schedule: false
  })
  boss.on('error', onError)
  await using opened = new AsyncDisposableStack()
  opened.defer(() => boss.stop({ graceful: false, close: false }))
  await boss.start()
  await boss.createQueue(DEAD, {
    retentionSeconds: RETENTION_SECONDS,
    expireInSeconds: EXPIRE_SECONDS,
    retryLimit: 1_000_000
  })
  const settings = {
    deadLetter: DEAD,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    retryLimit: maxHandovers,
    retryDelay: 0,
    retentionSeconds: RETENTION_SECONDS,
    expireInSeconds: EXPIRE_SECONDS
  }
  await boss.createQueue(RUNS, { partition: true, ...settings })
  await boss.updateQueue(RUNS, settings)
  opened.move()

  const within = (tx: PoolClient | undefined): { db?: Db } => (tx ? { db: through(tx) } : {})
  const take = async (queue: string, options: Parameters<typeof boss.fetch>[1]): Promise<RunJob[]> => {
    const jobs = await boss.fetch<{ runId: string; jobId: string }>(queue, options)
    return jobs.map(({ id, retryCount, data }) => ({ id, retryCount, ...data }))
  }
  const attempts = (jobs: readonly JobAttempt[]): JobAttempt[] => jobs.map(({ id, retryCount }) => ({ id, retryCount }))

  return {
    async add(jobs, tx) {
      if (jobs.length === 0) return
      await boss.insert(
        RUNS,
        jobs.map(({ id, runId, workspaceId, priority }) => ({
          id,
          data: { runId, jobId: id },
          group: { id: workspaceId },
          priority
        })),
        within(tx)
      )
    },
    take: (limit, otherThan) =>
      take(RUNS, { batchSize: limit, ...(otherThan.length > 0 ? { ignoreGroups: [...otherThan] } : {}) }),
    async touch(jobs) {
      if (jobs.length === 0) return new Set()
      // The types of pg-boss leave out the ids, by which its own workers find what they have lost.
      const { settled } = (await boss.touch(RUNS, attempts(jobs))) as { settled?: readonly string[] | null }
      return new Set(settled)
    },
    async handOver(jobs, tx) {
      if (jobs.length === 0) return
      await boss.fail(RUNS, attempts(jobs), { message: 'the process that held it is gone' }, within(tx))
    },
    async remove(jobs, tx) {
      if (jobs.length > 0) await boss.deleteJob(RUNS, attempts(jobs), within(tx))
    },
    async removeAll(ids) {
      if (ids.length > 0) await boss.deleteJob(RUNS, [...ids])
    },
    isThere: async () => (await boss.getQueue(RUNS)) !== null,
    takeDead: (limit) => take(DEAD, { batchSize: limit }),
    async removeDead(jobs) {
      if (jobs.length > 0) await boss.deleteJob(DEAD, attempts(jobs))
    },
    close: () => boss.stop({ graceful: false, close: false })
  }
}

/**
 * Makes pg-boss use our connections: a job and its run are written in one transaction, and no second pool is needed.
 */
function through(connection: Pool | PoolClient): Db {
  return { executeSql: (text, values) => connection.query(text, values) }
}
