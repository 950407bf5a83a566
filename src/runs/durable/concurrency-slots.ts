import type { PoolClient } from 'pg'
import type { NewJob, RunQueue } from './queue.ts'

/**
 * The places of a listener that limits how many of its runs are busy at once. Who changes them holds the listener's row of `listener_slot`
 * until its transaction ends, so that the count is exact over any number of processes, and no run is put aside while a place comes free.
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
 * Counts a run that is busy already, also beyond the limit: it came into being in a request, and cannot be put aside in the middle of a call. What is queued waits the longer for it.
 * Answers whether its listener counts its runs.
 */
export async function countBusy(tx: PoolClient, listenerId: string): Promise<boolean> {
  const { rowCount } = await tx.query('select from listener where id = $1 and max_concurrency is not null', [
    listenerId
  ])
  if (rowCount === 0) return false
  await takeSlots(tx, listenerId, Infinity, 1)
  return true
}

/** Gives places back, and lets as many of the runs that were put aside try again. */
export async function releaseSlots(tx: PoolClient, queue: RunQueue, listenerIds: readonly string[]): Promise<void> {
  const counts = new Map<string, number>()
  for (const listenerId of listenerIds) counts.set(listenerId, (counts.get(listenerId) ?? 0) + 1)
  // In one order everywhere: two transactions never wait for each other.
  for (const [listenerId, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await tx.query('update listener_slot set used = greatest(0, used - $2) where listener_id = $1', [listenerId, count])
    await unblock(tx, queue, listenerId, count)
  }
}

/** The next runs that wait for a place, back into the queue: the most urgent, then the oldest. */
export async function unblock(tx: PoolClient, queue: RunQueue, listenerId: string, count: number): Promise<number> {
  return requeue(
    tx,
    queue,
    `select run_id from live_run where listener_id = $1 and state = 'blocked'
    order by priority desc, queued_at limit $2 for update skip locked`,
    [listenerId, count]
  )
}

/** Puts the runs that `choose` selects (`run_id`) into the queue under a new job, so that a claim by an earlier job finds nothing. */
export async function requeue(
  tx: PoolClient,
  queue: RunQueue,
  choose: string,
  values: readonly unknown[]
): Promise<number> {
  const { rows } = await tx.query<NewJob>(
    `with chosen as (${choose})
     update live_run l set state = 'queued', wake_at = null, worker_id = null, job_id = gen_random_uuid(), job_attempt = -1
       from chosen where l.run_id = chosen.run_id
     returning l.job_id as id, l.run_id as "runId", l.workspace_id as "workspaceId", l.priority`,
    [...values]
  )
  if (rows.length === 0) return 0
  await tx.query(`update run set status = 'queued' where id = any($1) and status <> 'queued'`, [
    rows.map((job) => job.runId)
  ])
  await queue.add(rows, tx)
  return rows.length
}
