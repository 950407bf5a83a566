import type { Pool } from 'pg'
import { type Clock, DAY_MS, startOfDay } from '../lib/clock.ts'
import { deleteBatches, type Rows } from '../platform/db/delete-batches.ts'
import { FIRST_OTHER_RECORD_ID, RECORD_DAYS, recordIdsBetween } from './record-partitions.ts'

/** How long records and counts of calls are kept, and how many records per day, listener and credential. */
export const KEPT = {
  recordDays: RECORD_DAYS,
  recordsOfDay: 1_000,
  usageHourDays: 8,
  usageDays: 400
} as const

/** How many days back excess records are looked for, besides today: older days get no new ones. */
const EXCESS_DAYS = 1

const RECENT = (row: string): string =>
  `${row}.at >= $2 and (${row}.id >= '${FIRST_OTHER_RECORD_ID}' or (${row}.id >= $3 and ${row}.id < $4))`

// Sorts only the rows of listeners and credentials with too many.
const EXCESS = `
  with oversized as (
    select c.listener_id, c.token_id, c.kind, date_trunc('day', c.at, 'UTC') as day from recorded_call c
     where ${RECENT('c')} group by 1, 2, 3, 4 having count(*) > $1)
  delete from recorded_call as row using (
    select r.id, row_number() over (
             partition by r.listener_id, r.token_id, r.kind, o.day order by r.at desc, r.id desc) as rank
      from oversized o join recorded_call r
        on r.listener_id is not distinct from o.listener_id and r.token_id is not distinct from o.token_id
       and r.kind = o.kind and r.at >= o.day and r.at < o.day + interval '24 hours'
     where ${RECENT('r')}
  ) as ranked
  where row.id = ranked.id and ranked.rank > $1 and ${RECENT('row')}`

/**
 * Deletes records and counts that are past their retention, and excess records. Stops between two batches when the
 * signal is aborted.
 * @returns how many rows it deleted
 */
export async function trimCalls({ pool, clock }: { pool: Pool; clock: Clock }, signal?: AbortSignal): Promise<number> {
  const before = (days: number): Date => new Date(clock.now() - days * DAY_MS)
  const expired: readonly Rows[] = [
    // Newer records are removed by partition (record-partitions.ts).
    { table: 'call_record', where: 'at < $1', values: [before(KEPT.recordDays)] },
    { table: 'recorded_call_unplaced', where: 'at < $1', values: [before(KEPT.recordDays)] },
    { table: 'call_usage', where: "unit = 'hour' and at < $1", values: [before(KEPT.usageHourDays)] },
    { table: 'call_usage', where: "unit = 'day' and at < $1", values: [before(KEPT.usageDays)] }
  ]
  let removed = 0
  for (const rows of expired) removed += await deleteBatches(pool, rows, signal)
  if (!signal?.aborted) {
    const now = clock.now()
    const since = new Date(startOfDay(now) - EXCESS_DAYS * DAY_MS)
    const { from, to } = recordIdsBetween(since.getTime(), now)
    removed += (await pool.query(EXCESS, [KEPT.recordsOfDay, since, from, to])).rowCount ?? 0
  }
  return removed
}
