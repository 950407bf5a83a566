import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import { idsRemovedOn } from '../lib/removal-ids.ts'
import { DELETE_BATCH, inBatches } from '../platform/db/delete-batches.ts'
import { DELETED_WORKSPACE_DAYS } from './retention.ts'
import { stepSql } from './run-id.ts'
import { readRunPartitions } from './run-partitions.ts'

const DAYS = `coalesce(w.run_retention_days, ${DELETED_WORKSPACE_DAYS})`
const CUTOFF = `$3::timestamptz - make_interval(days => ${DAYS})`

/**
 * The workspaces that have runs in one partition which are too old for the present retention of the workspace, although
 * the partition is kept for longer than a step. Each workspace of the partition costs one step along an index.
 */
const SHORTENED = `
  with recursive having_runs as (
    (select workspace_id as id from run where id >= $1 and id < $2 order by workspace_id limit 1)
    union all
    select (select workspace_id from run where id >= $1 and id < $2 and workspace_id > having_runs.id
             order by workspace_id limit 1)
      from having_runs where having_runs.id is not null)
  select h.id, ${CUTOFF} as before
    from having_runs h left join workspace w using (id)
   where h.id is not null and $4::int > ${stepSql(DAYS)}
     and exists (
           select from run r
            where r.id >= $1 and r.id < $2 and r.workspace_id = h.id and r.started_at < ${CUTOFF})`

const DELETE = `
  delete from run where id >= $1 and id < $2 and id in (
    select id from run where id >= $1 and id < $2 and workspace_id = $3 and started_at < $4 and finished_at < $4
     order by started_at limit ${DELETE_BATCH})`

/**
 * Removes the runs of requests whose partition is kept for longer than their workspace wants: its retention was
 * shortened, or it was deleted. Stops between two batches when the signal is aborted.
 * @returns how many runs were removed
 */
export async function removeShortened(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<number> {
  let removed = 0
  const now = clock.now()
  const today = Math.floor(now / DAY_MS)
  for (const day of await readRunPartitions(pool)) {
    if (signal?.aborted) break
    const { from, to } = idsRemovedOn('run', day)
    const { rows } = await pool.query<{ id: string; before: Date }>(SHORTENED, [from, to, new Date(now), day - today])
    for (const { id, before } of rows) {
      const remove = async (): Promise<number> => (await pool.query(DELETE, [from, to, id, before])).rowCount ?? 0
      removed += (await inBatches(DELETE_BATCH, remove, { signal })).count
    }
  }
  return removed
}
