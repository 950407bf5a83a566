import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import { deleteBatches, type Rows } from '../platform/db/delete-batches.ts'

/** How long records of calls and their counts are kept, and how many of one listener and credential a day. */
export const KEPT = {
  recordDays: 30,
  recordsOfDay: 1_000,
  usageHourDays: 8,
  usageDays: 400
} as const

// Sorts only the rows of listeners and credentials with too many.
const EXCESS = `
  with oversized as (
    select listener_id, token_id, kind, date_trunc('day', at, 'UTC') as day from call_record
     group by 1, 2, 3, 4 having count(*) > $1)
  delete from call_record as row using (
    select r.id, row_number() over (
             partition by r.listener_id, r.token_id, r.kind, o.day order by r.at desc, r.id desc) as rank
      from oversized o join call_record r
        on r.listener_id is not distinct from o.listener_id and r.token_id is not distinct from o.token_id
       and r.kind = o.kind and r.at >= o.day and r.at < o.day + interval '24 hours'
  ) as ranked
  where row.id = ranked.id and ranked.rank > $1`

/**
 * Deletes what is past its retention, or too much. Stops between two batches when the signal is aborted.
 * @returns how many rows it deleted
 */
export async function trimCalls({ pool, clock }: { pool: Pool; clock: Clock }, signal?: AbortSignal): Promise<number> {
  const before = (days: number): Date => new Date(clock.now() - days * DAY_MS)
  const expired: readonly Rows[] = [
    { table: 'call_record', where: 'at < $1', values: [before(KEPT.recordDays)] },
    { table: 'call_usage', where: "unit = 'hour' and at < $1", values: [before(KEPT.usageHourDays)] },
    { table: 'call_usage', where: "unit = 'day' and at < $1", values: [before(KEPT.usageDays)] }
  ]
  let removed = 0
  for (const rows of expired) removed += await deleteBatches(pool, rows, signal)
  if (!signal?.aborted) removed += (await pool.query(EXCESS, [KEPT.recordsOfDay])).rowCount ?? 0
  return removed
}
