import { PgBoss, type Db } from 'pg-boss'
import type { Pool, PoolClient } from 'pg'
import { HEARTBEAT_SECONDS, MAX_HANDOVERS } from './settings.ts'

/** A day: what pg-boss allows. A run that is busy for longer is handed over once a day, and goes on from its journal. */
const EXPIRE_SECONDS = 86_399
/** Jobs are deleted when their run is, and by nothing else. */
const RETENTION_SECONDS = 10 * 366 * 86_400
const SUPERVISE_SECONDS = 2

const RUNS = 'runs'
const DEAD = 'runs_dead'

/** One claim on a run: a job, and which attempt at it. */
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
  /** The job as the run names it: of a dead letter, the one that was given up. */
  jobId: string
}

/** What runs wait in: leases with heartbeats, hand-overs that are counted, and a place for what was handed over too often. All calls take part in `tx` where one is given. */
export interface RunQueue {
  add(jobs: readonly NewJob[], tx?: PoolClient): Promise<void>
  /** Takes up to `limit` jobs, of other workspaces than these. */
  take(limit: number, otherThan: readonly string[]): Promise<RunJob[]>
  /** The lease goes on. */
  touch(jobs: readonly JobAttempt[]): Promise<void>
  /** The holder is gone: the job is for another, or for the dead letters. */
  handOver(jobs: readonly JobAttempt[]): Promise<void>
  /** Done with, if this attempt still holds it. */
  remove(jobs: readonly JobAttempt[], tx?: PoolClient): Promise<void>
  /** Done with, whoever holds it. */
  removeAll(ids: readonly string[]): Promise<void>
  /** Whether jobs can be added. */
  isThere(): Promise<boolean>
  takeDead(limit: number): Promise<RunJob[]>
  removeDead(jobs: readonly JobAttempt[]): Promise<void>
  close(): Promise<void>
}

export interface QueueOptions {
  pool: Pool
  /** Looks after leases whose heartbeat stopped. Some process has to. */
  supervise: boolean
  onError(error: unknown): void
  maxHandovers?: number
}

/** Makes pg-boss's tables where they are missing. */
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
      if (jobs.length > 0) await boss.touch(RUNS, attempts(jobs))
    },
    async handOver(jobs) {
      if (jobs.length > 0) await boss.fail(RUNS, attempts(jobs), { message: 'its process is gone' })
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

/** Our connections, so that a job and its run are written in one transaction and no second pool is needed. */
function through(connection: Pool | PoolClient): Db {
  return { executeSql: (text, values) => connection.query(text, values) }
}
