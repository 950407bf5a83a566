import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../../lib/clock.ts'
import { deleteBatches, type Rows } from '../../platform/db/delete-batches.ts'
import { USAGE_DAYS } from './usage-partitions.ts'

/** How long usage is kept, and how much of one token. */
export const KEPT = {
  usageDays: USAGE_DAYS,
  addressDays: 90,
  addressesOfToken: 100
} as const

// Sorts only the rows of tokens with too many. Counting them reads just the index.
const EXCESS_ADDRESSES = `
  with oversized as (select token_id from token_address group by token_id having count(*) > $1)
  delete from token_address as row using (
    select token_id, ip, row_number() over (partition by token_id order by last_at desc, ip) as rank
      from token_address where token_id in (select token_id from oversized)
  ) as ranked
  where row.token_id = ranked.token_id and row.ip = ranked.ip and ranked.rank > $1`

/**
 * Deletes usage past its retention, and the excess of tokens with too many rows. Stops between two batches when the
 * signal is aborted.
 * @returns how many rows it deleted
 */
export async function trimUsage({ pool, clock }: { pool: Pool; clock: Clock }, signal?: AbortSignal): Promise<number> {
  const before = (days: number): Date => new Date(clock.now() - days * DAY_MS)
  const expired: readonly Rows[] = [
    // Newer counts are removed by partition (usage-partitions.ts).
    { table: 'token_usage', where: 'day < $1', values: [before(KEPT.usageDays)] },
    { table: 'token_day_usage_unplaced', where: 'day < $1', values: [before(KEPT.usageDays)] },
    { table: 'token_address', where: 'last_at < $1', values: [before(KEPT.addressDays)] },
    // An ended window has no effect. A margin of one day keeps recent ones for processes whose clock is behind.
    { table: 'rate_window', where: 'ends_at < $1', values: [before(1)] }
  ]
  let removed = 0
  for (const rows of expired) removed += await deleteBatches(pool, rows, signal)
  if (!signal?.aborted) removed += (await pool.query(EXCESS_ADDRESSES, [KEPT.addressesOfToken])).rowCount ?? 0
  return removed
}
