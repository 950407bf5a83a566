import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../../lib/clock.ts'

/** How long usage is kept, and how much of one token. */
export const KEPT = {
  usageDays: 400,
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

const STATEMENTS: readonly (readonly [text: string, values: (now: number) => unknown[]])[] = [
  ['delete from token_usage where day < $1', (now) => [new Date(now - KEPT.usageDays * DAY_MS)]],
  ['delete from token_address where last_at < $1', (now) => [new Date(now - KEPT.addressDays * DAY_MS)]],
  [EXCESS_ADDRESSES, () => [KEPT.addressesOfToken]],
  // An ended window has no effect. A day's margin keeps recent ones for processes whose clock is behind.
  ['delete from rate_window where ends_at < $1', (now) => [new Date(now - DAY_MS)]]
]

/**
 * Deletes usage past its retention, and the excess of tokens with too many rows. Stops between two statements when the
 * signal is aborted.
 * @returns how many rows it deleted
 */
export async function trimUsage(deps: { pool: Pool; clock: Clock }, signal?: AbortSignal): Promise<number> {
  let removed = 0
  for (const [text, values] of STATEMENTS) {
    if (signal?.aborted) break
    removed += (await deps.pool.query(text, values(deps.clock.now()))).rowCount ?? 0
  }
  return removed
}
