import type { Pool, PoolClient } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import type { RunAlerts } from '../needs-mending.ts'
import { engineProblem } from '../engine.ts'
import { holderIsGone } from './liveness.ts'
import type { RunQueue } from './queue.ts'
import type { RunFinisher } from './finish.ts'
import { requeue, unblock } from './concurrency-slots.ts'
import { inSuspendedWorkspace } from './suspended-workspace.ts'
import { transaction } from '../../platform/db/transaction.ts'

const BATCH = 500

export interface RecoveryDeps {
  pool: Pool
  queue: RunQueue
  finisher: RunFinisher
  clock: Clock
  alerts?: RunAlerts
}

/**
 * Hands over the runs whose process is gone, and returns how many. Any number of processes may call this at once: each
 * attempt at a job is handed over once.
 */
export async function handOverOrphans({ pool, queue }: RecoveryDeps): Promise<number> {
  const seen = await findOrphans(pool)
  if (seen.length === 0) return 0
  return transaction(pool, async (tx) => {
    // A process that is back updates its row before it confirms its runs (`touch` in held-runs.ts). Either that is seen
    // here, or it waits until the runs are handed over.
    const workerIds = new Set(seen.map(({ workerId }) => workerId))
    await tx.query('select from worker where id = any($1) order by id for update', [[...workerIds]])
    const orphans = (await findOrphans(tx)).filter(({ workerId }) => workerIds.has(workerId))
    await queue.handOver(
      orphans.filter(({ attempt }) => attempt >= 0).map(({ jobId, attempt }) => ({ id: jobId, retryCount: attempt })),
      tx
    )
    // Runs that started inside their request have no job yet.
    for (const { runId, epoch } of orphans.filter(({ attempt }) => attempt < 0))
      await requeueRun(tx, queue, runId, epoch)
    return orphans.length
  })
}

interface Orphan {
  runId: string
  epoch: number
  workerId: number
  jobId: string
  attempt: number
}

async function findOrphans(connection: Pool | PoolClient): Promise<Orphan[]> {
  const { rows } = await connection.query<Orphan>({
    name: 'durable_orphans',
    text: `
      select l.run_id as "runId", l.epoch, l.worker_id as "workerId", l.job_id as "jobId", l.job_attempt as attempt
        from live_run l where l.state = 'running' and ${holderIsGone('l.worker_id')} limit ${BATCH}`
  })
  return rows
}

/** Queues a run again, under a new job, after its holder (of this epoch) has released it. */
export async function requeueHeld(
  { pool, queue }: Pick<RecoveryDeps, 'pool' | 'queue'>,
  runId: string,
  epoch: number
): Promise<void> {
  await transaction(pool, (tx) => requeueRun(tx, queue, runId, epoch))
}

async function requeueRun(tx: PoolClient, queue: RunQueue, runId: string, epoch: number): Promise<void> {
  await requeue(
    tx,
    queue,
    `select run_id from live_run where run_id = $1 and epoch = $2 and state = 'running' for update`,
    [runId, epoch]
  )
}

/** Requeues suspended runs whose time has come, except those of suspended workspaces, and returns how many. */
export async function wakeDue({ pool, queue, clock }: RecoveryDeps): Promise<number> {
  const now = new Date(clock.now())
  const { rows } = await pool.query({
    name: 'durable_due',
    text: `select 1 from live_run l
            where state = 'waiting' and wake_at <= $1 and not ${inSuspendedWorkspace('l')} limit 1`,
    values: [now]
  })
  if (rows.length === 0) return 0
  return transaction(pool, (tx) =>
    requeue(
      tx,
      queue,
      `select run_id from live_run l where state = 'waiting' and wake_at <= $1 and not ${inSuspendedWorkspace('l')}
        order by wake_at limit ${BATCH} for update skip locked`,
      [now]
    )
  )
}

/**
 * Makes the suspended runs due that a new event may end the wait of, once for each event. A run that was about to
 * suspend when the event arrived is found in a later round.
 */
export async function wakeListening({ pool, clock }: Pick<RecoveryDeps, 'pool' | 'clock'>): Promise<void> {
  await pool.query({
    name: 'durable_listening',
    text: `
      with listening as (
        select distinct l.run_id from event_wait w join live_run l using (run_id)
         where w.due and l.state = 'waiting' and l.wake_at > $1 limit ${BATCH}),
      locked as (select l.run_id from live_run l join listening using (run_id) order by l.run_id for update of l),
      woken as (
        update live_run l set wake_at = $1 from locked
         where l.run_id = locked.run_id and l.state = 'waiting' returning l.run_id)
      update event_wait w set due = false from woken where w.run_id = woken.run_id and w.due`,
    values: [new Date(clock.now())]
  })
}

/**
 * Requeues blocked runs whose listener has free slots: it was enabled or deleted, or its limit was raised. Returns how
 * many.
 */
export async function unblockFree({ pool, queue }: RecoveryDeps): Promise<number> {
  const { rows } = await pool.query<{ listenerId: string; slots: number }>({
    name: 'durable_unblockable',
    text: `
      select b.listener_id as "listenerId",
             least(${BATCH}, coalesce(l.max_concurrency - coalesce(s.used, 0), ${BATCH}))::int as slots
        from (select distinct listener_id from live_run where state = 'blocked') b
        left join listener l on l.id = b.listener_id left join listener_slot s on s.listener_id = b.listener_id
       where coalesce(l.enabled, true) and (l.max_concurrency is null or l.max_concurrency > coalesce(s.used, 0))`
  })
  let count = 0
  for (const { listenerId, slots } of rows)
    count += await transaction(pool, (tx) => unblock(tx, queue, listenerId, slots))
  return count
}

/**
 * Ends runs that were handed over too often, keeps them as dead letters, and returns how many jobs it took from the
 * queue of dead jobs.
 */
export async function deadLetterExhausted({ pool, queue, finisher, clock, alerts }: RecoveryDeps): Promise<number> {
  const jobs = await queue.takeDead(BATCH)
  for (const { runId, jobId } of jobs) {
    // A run that continues under another job is alive.
    const {
      rows: [run]
    } = await pool.query<{ workspaceId: string; epoch: number; flowId: string; listenerId: string | null }>(
      `select l.workspace_id as "workspaceId", l.epoch, r.flow_id as "flowId", r.listener_id as "listenerId"
         from live_run l join run_rest r on r.id = l.run_id where l.run_id = $1 and l.job_id = $2`,
      [runId, jobId]
    )
    if (!run) continue
    await pool.query(
      'insert into dead_letter (run_id, workspace_id, attempts, at) values ($1, $2, $3, $4) on conflict do nothing',
      [runId, run.workspaceId, run.epoch, new Date(clock.now())]
    )
    const problem = engineProblem(
      'Given up',
      `The run was given up after ${run.epoch} attempts: each time, the process that ran it died or froze.`
    )
    const ended = await finisher.endFromOutside({
      runId,
      status: 'failed',
      output: null,
      error: JSON.stringify(problem),
      finishedAt: clock.now()
    })
    if (ended) alerts?.runExhausted({ ...run, runId, scheduled: false, error: problem })
  }
  if (jobs.length > 0) await queue.removeDead(jobs)
  return jobs.length
}

/** Deletes the rows of processes that are gone and hold nothing. */
export async function removeDeadWorkers({ pool }: Pick<RecoveryDeps, 'pool'>): Promise<void> {
  await pool.query(`
    delete from worker w
     where w.started_at < now() - interval '1 minute' and ${holderIsGone('w.id')}
       and not exists (select from live_run l where l.worker_id = w.id)
       and not exists (select from idempotent_call c where c.worker_id = w.id and c.answer is null)`)
}
