import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import { forEachPartition, readDatedPartitions } from '../platform/db/partitions.ts'
import { REQUEST_MAX_MS, removalDay } from './run-id.ts'

/** Partitions are created so many days before the first run needs them. */
const DAYS_AHEAD = 7
/** The retention of new workspaces, in days. */
const DEFAULT_RETENTION_DAYS = 30

const MAKE = 'select make_run_partition($1) as done'
const DROP = 'select drop_run_partition($1) as done'
interface Deps {
  pool: Pool
  clock: Clock
}

/** The days, counted from 1970-01-01, that have a partition, in ascending order. */
export async function readRunPartitions(pool: Pick<Pool, 'query'>): Promise<number[]> {
  return (await readDatedPartitions(pool, 'run')).map(({ at }) => at.getTime() / DAY_MS)
}

/**
 * Creates the partitions that runs of today and the next days need, by the retentions of all workspaces: about 40 where
 * all have the default, and at most 150 for any retentions. Runs that were recorded before their partition are moved
 * into it.
 * @returns how many were created
 * @throws the error of the database; a partition whose lock is not free is left out until the end
 */
export async function makeRunPartitions({ pool, clock }: Deps, signal?: AbortSignal): Promise<number> {
  const { rows } = await pool.query<{ days: number }>('select distinct run_retention_days as days from workspace')
  const retentions = new Set([DEFAULT_RETENTION_DAYS, ...rows.map(({ days }) => days)])
  const there = new Set(await readRunPartitions(pool))
  const wanted = new Set<number>()
  const now = clock.now()
  for (const days of retentions)
    for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) wanted.add(removalDay(now + ahead * DAY_MS, days))
  const missing = [...wanted].filter((day) => !there.has(day)).sort((a, b) => a - b)
  return forEachPartition(pool, missing, (day) => ({ text: MAKE, values: [day] }), signal)
}

/**
 * Removes the partitions whose day has come, with all their runs. The time does not depend on how many runs they hold.
 * @returns how many were removed
 * @throws as {@link makeRunPartitions}
 */
export async function dropRunPartitions({ pool, clock }: Deps, signal?: AbortSignal): Promise<number> {
  // `REQUEST_MAX_MS` later, the runs that started just before midnight are old enough too.
  const today = Math.floor((clock.now() - REQUEST_MAX_MS) / DAY_MS)
  const due = (await readRunPartitions(pool)).filter((day) => day <= today)
  return forEachPartition(pool, due, (day) => ({ text: DROP, values: [day] }), signal)
}
