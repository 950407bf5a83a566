import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../../lib/clock.ts'

/** How long, and how much of one token, is kept. */
export const KEPT = {
  denialDays: 30,
  denialsOfToken: 1_000,
  usageDays: 400,
  addressDays: 90,
  addressesOfToken: 100
} as const

const STATEMENTS: readonly (readonly [text: string, values: (now: number) => unknown[]])[] = [
  ['delete from token_denial where at < $1', (now) => [new Date(now - KEPT.denialDays * DAY_MS)]],
  [overflow('token_denial', 'at desc, id desc', 'id'), () => [KEPT.denialsOfToken]],
  ['delete from token_usage where day < $1', (now) => [new Date(now - KEPT.usageDays * DAY_MS)]],
  ['delete from token_address where last_at < $1', (now) => [new Date(now - KEPT.addressDays * DAY_MS)]],
  [overflow('token_address', 'last_at desc, ip', 'ip'), () => [KEPT.addressesOfToken]],
  // An ended window counts for nothing; a process whose clock is behind may still ask for a young one.
  ['delete from rate_window where ends_at < $1', (now) => [new Date(now - DAY_MS)]]
]

/** Removes what is older than it is kept for, and what is more than is kept of one token. */
export async function trimUsage(deps: { pool: Pool; clock: Clock }): Promise<number> {
  let removed = 0
  for (const [text, values] of STATEMENTS)
    removed += (await deps.pool.query(text, values(deps.clock.now()))).rowCount ?? 0
  return removed
}

// Only tokens that have too many are sorted: counting reads the index alone.
function overflow(table: string, newestFirst: string, key: string): string {
  return `
    with crowded as (select token_id from ${table} group by token_id having count(*) > $1)
    delete from ${table} as row using (
      select token_id, ${key}, row_number() over (partition by token_id order by ${newestFirst}) as place from ${table} where token_id in (select token_id from crowded)
    ) as placed
    where row.token_id = placed.token_id and row.${key} = placed.${key} and placed.place > $1`
}
