import type { Pool } from 'pg'
import { DAY_MS } from '../../lib/clock.ts'
import type { DayCounts } from './usage-buffer.ts'

export interface WriteDeps {
  pool: Pool
}

const ROWS_AT_ONCE = 1_000

// All processes write rows in the same order, so that they wait for each other but never deadlock.
const ADD_COUNTS = `
  insert into token_day_usage as known (token_id, day, outcome, calls)
  select token_id, day, outcome, sum(calls)
    from unnest($1::text[], $2::date[], $3::text[], $4::bigint[]) as given(token_id, day, outcome, calls)
   group by 1, 2, 3 order by 1, 2, 3
  on conflict (token_id, day, outcome) do update set calls = known.calls + excluded.calls`

const ADD_ADDRESSES = `
  insert into token_address as known (token_id, ip, calls, last_at)
  select token_id, ip, sum(calls), max(last_at)
    from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) as given(token_id, ip, calls, last_at)
   group by 1, 2 order by 1, 2
  on conflict (token_id, ip) do update
     set calls = known.calls + excluded.calls, last_at = greatest(known.last_at, excluded.last_at)`

/** Adds the buffered counts to the database. */
export async function writeUsage({ pool }: WriteDeps, counts: readonly DayCounts[]): Promise<void> {
  const calls = counts.flatMap(({ tokenId, day, outcomes }) =>
    [...outcomes].map(([outcome, number]) => [
      tokenId,
      new Date(day * DAY_MS).toISOString().slice(0, 10),
      outcome,
      number
    ])
  )
  const addresses = counts.flatMap(({ tokenId, addresses }) =>
    [...addresses].map(([ip, { calls, lastAt }]) => [tokenId, ip, calls, new Date(lastAt)])
  )
  for (const [name, text, rows] of [
    ['usage_add', ADD_COUNTS, calls],
    ['address_add', ADD_ADDRESSES, addresses]
  ] as const) {
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      const batch: readonly (readonly unknown[])[] = rows.slice(start, start + ROWS_AT_ONCE)
      await pool.query({ name, text, values: (batch[0] ?? []).map((_, column) => batch.map((row) => row[column])) })
    }
  }
}
