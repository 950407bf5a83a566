import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import { DELETE_BATCH, deleteBatches, inBatches } from '../platform/db/delete-batches.ts'

/**
 * How many batches of one workspace are deleted before the next one has its turn: a large workspace must not hold up
 * the others.
 */
const BATCHES_OF_TURN = 50
/** How long runs of a deleted workspace are kept: its own setting was deleted with it. */
export const DELETED_WORKSPACE_DAYS = 30

// This file removes durable runs. Runs that end within their request are removed with their partition
// (run-partitions.ts).

/**
 * The workspaces that have durable runs, deleted ones included. Each costs one step along an index, however many runs
 * there are.
 */
const WORKSPACES = `
  with recursive having_runs as (
    (select workspace_id as id from run_rest order by workspace_id limit 1)
    union all
    select (select workspace_id from run_rest where workspace_id > having_runs.id order by workspace_id limit 1)
      from having_runs where having_runs.id is not null)
  select id, coalesce(run_retention_days, ${DELETED_WORKSPACE_DAYS}) as days
    from having_runs left join workspace using (id) where id is not null`

/**
 * Retention counts from the end of a run, so that a long wait does not shorten it. The condition on `started_at` lets
 * the index be used.
 */
const EXPIRED = `
  delete from run_rest where id in (
    select id from run_rest where workspace_id = $1 and started_at < $2 and finished_at < $2
     order by started_at limit ${DELETE_BATCH})`

/** Runs that were recorded before their partition existed, and were too many to be moved. None of them is live. */
const EXPIRED_UNPLACED = `
  delete from run_unplaced where id in (
    select u.id from run_unplaced u left join workspace w on w.id = u.workspace_id
     where u.finished_at < $1::timestamptz
                           - make_interval(days => coalesce(w.run_retention_days, ${DELETED_WORKSPACE_DAYS}))
     limit ${DELETE_BATCH})`

export interface Removed {
  runs: number
  calls: number
}

/**
 * Removes ended runs after the retention of their workspace, and expired idempotent calls. Stops between two batches
 * when the signal is aborted. Two at once do no harm; a job runs it in one process at a time.
 * @returns how many rows were removed
 */
export async function removeExpired(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<Removed> {
  const removed: Removed = { runs: 0, calls: 0 }
  const { rows: workspaces } = await pool.query<{ id: string; days: number }>({
    name: 'runs_workspaces',
    text: WORKSPACES,
    values: []
  })
  for (let turn = workspaces; turn.length > 0 && !signal?.aborted;) {
    const unfinished: typeof turn = []
    for (const workspace of turn) {
      const before = new Date(clock.now() - workspace.days * DAY_MS)
      const expired = { name: 'runs_expired', text: EXPIRED, values: [workspace.id, before] }
      const { count, done } = await inBatches(DELETE_BATCH, async () => (await pool.query(expired)).rowCount ?? 0, {
        signal,
        most: BATCHES_OF_TURN
      })
      removed.runs += count
      if (signal?.aborted) break
      if (!done) unfinished.push(workspace)
      await pool.query('delete from dead_letter where workspace_id = $1 and at < $2', [workspace.id, before])
    }
    turn = unfinished
  }
  const unplaced = { text: EXPIRED_UNPLACED, values: [new Date(clock.now())] }
  removed.runs += (
    await inBatches(DELETE_BATCH, async () => (await pool.query(unplaced)).rowCount ?? 0, { signal })
  ).count
  const calls = { table: 'idempotent_call', where: 'expires_at < $1', values: [new Date(clock.now())] }
  removed.calls = await deleteBatches(pool, calls, signal)
  return removed
}
