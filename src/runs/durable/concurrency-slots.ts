import type { PoolClient } from 'pg'
import type { NewJob, RunQueue } from './queue.ts'

/**
 * Takes up to `wanted` concurrency slots of a listener that limits its runs, and returns how many were granted. The row
 * of `listener_slot` stays locked until the transaction ends: the count is exact over any number of processes, and no
 * run becomes `blocked` while another transaction releases a slot.
 */
export async function takeSlots(tx: PoolClient, listenerId: string, limit: number, wanted: number): Promise<number> {
  await tx.query('insert into listener_slot (listener_id, used) values ($1, 0) on conflict do nothing', [listenerId])
  const {
    rows: [slot]
  } = await tx.query<{ used: number }>('select used from listener_slot where listener_id = $1 for update', [listenerId])
  const granted = Math.max(0, Math.min(wanted, limit - (slot?.used ?? 0)))
  if (granted > 0)
    await tx.query('update listener_slot set used = used + $2 where listener_id = $1', [listenerId, granted])
  return granted
}

/**
 * Takes a slot for a run that is busy already, even beyond the limit: it started inside its request and cannot stop in
 * the middle of a call. Queued runs wait longer instead. Returns whether the listener limits its runs.
 */
export async function countBusy(tx: PoolClient, listenerId: string): Promise<boolean> {
  const { rowCount } = await tx.query('select from listener where id = $1 and max_concurrency is not null', [
    listenerId
  ])
  if (rowCount === 0) return false
  await takeSlots(tx, listenerId, Infinity, 1)
  return true
}

/** Releases slots, and requeues as many of the blocked runs. */
export async function releaseSlots(tx: PoolClient, queue: RunQueue, listenerIds: readonly string[]): Promise<void> {
  const counts = new Map<string, number>()
  for (const listenerId of listenerIds) counts.set(listenerId, (counts.get(listenerId) ?? 0) + 1)
  // Every transaction locks listeners in this order, so that two of them never deadlock.
  for (const [listenerId, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await tx.query('update listener_slot set used = greatest(0, used - $2) where listener_id = $1', [listenerId, count])
    await unblock(tx, queue, listenerId, count)
  }
}

/**
 * Requeues the next blocked runs of a listener: those with the highest priority first, then the oldest. Returns how
 * many.
 */
export async function unblock(tx: PoolClient, queue: RunQueue, listenerId: string, count: number): Promise<number> {
  return requeue(
    tx,
    queue,
    `select run_id from live_run where listener_id = $1 and state = 'blocked'
    order by priority desc, queued_at limit $2 for update skip locked`,
    [listenerId, count]
  )
}

/**
 * Queues the runs that `choose` selects (column `run_id`) under new jobs, so that a claim by an earlier job finds
 * nothing. Returns how many.
 */
export async function requeue(
  tx: PoolClient,
  queue: RunQueue,
  choose: string,
  values: readonly unknown[]
): Promise<number> {
  const { rows } = await tx.query<NewJob>(
    `with chosen as (${choose})
     update live_run l
        set state = 'queued', wake_at = null, worker_id = null, job_id = gen_random_uuid(), job_attempt = -1
       from chosen where l.run_id = chosen.run_id
     returning l.job_id as id, l.run_id as "runId", l.workspace_id as "workspaceId", l.priority`,
    [...values]
  )
  if (rows.length === 0) return 0
  const runIds = rows.map((job) => job.runId)
  await tx.query(`update run_rest set status = 'queued' where id = any($1) and status <> 'queued'`, [runIds])
  await queue.add(rows, tx)
  return rows.length
}
