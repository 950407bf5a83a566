import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../../lib/clock.ts'
import { dateName, forEachPartition, readDatedPartitions } from '../../platform/db/partitions.ts'

// The counts of tokens are in partitions of `token_day_usage` by month. The oldest partition, `token_usage`, holds all
// days up to shortly after the migration, because older versions write to it.

/** How long counts are kept, at least: a month is removed as a whole, once its last day is past this. */
export const USAGE_DAYS = 400

const PARENT = 'token_day_usage'
const MAKE = `select make_time_partition('${PARENT}', $1, $2, $3) as done`
const DROP = `select drop_time_partition('${PARENT}', $1) as done`
/** The first day that the oldest partition does not have. */
const OLDEST = `
  select (regexp_match(pg_get_expr(relpartbound, oid), 'TO \\(''([0-9-]+)''\\)'))[1] as until
    from pg_class where oid = 'token_usage'::regclass`

/**
 * Makes the partitions of this month and the next one.
 * @returns how many were made
 * @throws the error of the database. A partition whose lock cannot be had does not keep the others from being made
 */
export async function makeUsagePartitions(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<number> {
  const { rows } = await pool.query<{ until: string | null }>(OLDEST)
  const oldestUntil = Date.parse(rows[0]?.until ?? '1970-01-01')
  const there = new Set((await readDatedPartitions(pool, PARENT)).map(({ at }) => at.getTime()))
  const now = clock.now()
  const missing = [monthAfter(now, 0), monthAfter(now, 1)].filter((month) => month >= oldestUntil && !there.has(month))
  const make = (month: number) => ({
    text: MAKE,
    values: [`${PARENT}_from_${dateName(month)}`, dayText(month), dayText(monthAfter(month, 1))]
  })
  return forEachPartition(pool, missing, make, signal)
}

/**
 * Removes the partitions whose last day is past its retention.
 * @returns how many
 * @throws as {@link makeUsagePartitions}
 */
export async function dropUsagePartitions(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<number> {
  const oldest = clock.now() - USAGE_DAYS * DAY_MS
  const due = (await readDatedPartitions(pool, PARENT)).filter(({ at }) => monthAfter(at.getTime(), 1) <= oldest)
  return forEachPartition(pool, due, ({ name }) => ({ text: DROP, values: [name] }), signal)
}

/** The start, in UTC, of the month that comes `months` after that of `at`. */
function monthAfter(at: number, months: number): number {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months)
}

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
