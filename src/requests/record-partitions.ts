import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import { createRemovalIds, firstOtherId, idsRemovedOn } from '../lib/removal-ids.ts'
import { dateName, forEachPartition, readDatedPartitions } from '../platform/db/partitions.ts'

// Records of calls are in partitions of `recorded_call` by the day of their removal, which their id contains. Records
// of older versions, whose ids do not contain it, are in the partition `call_record`.

/** How long records are kept, at least. */
export const RECORD_DAYS = 30
/**
 * How many days a partition covers, and how much longer a record is kept at most. More partitions would make lists
 * slower, because they read all of them.
 */
const STEP_DAYS = 3
/** How many days before its first record a partition is made. */
const DAYS_AHEAD = 7

const PARENT = 'recorded_call'
const MAKE = `select make_time_partition('${PARENT}', $1, $2, $3) as done`
const DROP = `select drop_time_partition('${PARENT}', $1) as done`

/** Ids from this one on do not contain the day of removal. */
export const FIRST_OTHER_RECORD_ID = firstOtherId('req')

const newId = createRemovalIds('req', removalDay)

/** A new id for the record of a call that ends at this time. */
export function newRecordId(at: number): string {
  return newId(at, RECORD_DAYS)
}

function removalDay(at: number, retentionDays: number): number {
  return Math.ceil((Math.floor(at / DAY_MS) + retentionDays + 1) / STEP_DAYS) * STEP_DAYS
}

/** An id that is not greater than that of any record since a time. */
export function firstRecordId(since: number): string {
  return idsRemovedOn('req', removalDay(since, RECORD_DAYS)).from
}

/** The range of ids of records between two times: `from` inclusive, `to` exclusive. */
export function recordIdsBetween(since: number, until: number): { from: string; to: string } {
  return {
    from: firstRecordId(since),
    to: idsRemovedOn('req', removalDay(until, RECORD_DAYS)).to
  }
}

/** The bounds of {@link recordIdsBetween} as SQL, for two expressions of times. */
export function recordIdBoundsSql(since: string, until: string): { from: string; to: string } {
  const day = (at: string): string =>
    `(ceil((floor(extract(epoch from ${at}) / 86400) + ${RECORD_DAYS + 1}) / ${STEP_DAYS}) * ${STEP_DAYS})::int`
  const { from } = idsRemovedOn('req', 0)
  const prefix = from.slice(0, -1)
  return { from: `('${prefix}' || ${day(since)})`, to: `('${prefix}' || ${day(until)} + 1)` }
}

/**
 * Makes the partitions that records of today and the next days need. Records that were written before their partition
 * existed are moved into it.
 * @returns how many were made
 * @throws the error of the database. A partition whose lock cannot be had does not keep the others from being made
 */
export async function makeRecordPartitions(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<number> {
  const there = new Set((await readDatedPartitions(pool, PARENT)).map(({ at }) => at.getTime() / DAY_MS))
  const wanted = new Set<number>()
  const now = clock.now()
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) wanted.add(removalDay(now + ahead * DAY_MS, RECORD_DAYS))
  const missing = [...wanted].filter((day) => !there.has(day))
  const make = (day: number) => {
    const { from, to } = idsRemovedOn('req', day)
    return { text: MAKE, values: [`${PARENT}_until_${dateName(day * DAY_MS)}`, from, to] }
  }
  return forEachPartition(pool, missing, make, signal)
}

/**
 * Removes the partitions whose day has come, with all their records.
 * @returns how many
 * @throws as {@link makeRecordPartitions}
 */
export async function dropRecordPartitions(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<number> {
  const due = (await readDatedPartitions(pool, PARENT)).filter(({ at }) => at.getTime() <= clock.now())
  return forEachPartition(pool, due, ({ name }) => ({ text: DROP, values: [name] }), signal)
}
