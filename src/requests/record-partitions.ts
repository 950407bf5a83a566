import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import { createRemovalIds, firstOtherId, idsRemovedOn } from '../lib/removal-ids.ts'
import { dateName, forEachPartition, readDatedPartitions } from '../platform/db/partitions.ts'

// Records of calls are in partitions of `recorded_call` by the day of their removal, which is in their id. Those of
// older versions, whose ids do not say it, are in the partition `call_record`.

/** How long they are kept. */
export const RECORD_DAYS = 30
/** The days that a partition has, and a record is kept longer at most. Each list looks into all partitions. */
const STEP_DAYS = 3
/** Partitions are there so many days before the first record that needs one. */
const DAYS_AHEAD = 7

const PARENT = 'recorded_call'
const MAKE = `select make_time_partition('${PARENT}', $1, $2, $3) as done`
const DROP = `select drop_time_partition('${PARENT}', $1) as done`

/** From here on, ids do not say when their record is removed. */
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

/** The ids of records from one time to another, from the first one up to one that is not among them. */
export function recordIdsBetween(since: number, until: number): { from: string; to: string } {
  return {
    from: firstRecordId(since),
    to: idsRemovedOn('req', removalDay(until, RECORD_DAYS)).to
  }
}

/** The bounds of {@link recordIdsBetween} in SQL, of two times. */
export function recordIdBoundsSql(since: string, until: string): { from: string; to: string } {
  const day = (at: string): string =>
    `(ceil((floor(extract(epoch from ${at}) / 86400) + ${RECORD_DAYS + 1}) / ${STEP_DAYS}) * ${STEP_DAYS})::int`
  const { from } = idsRemovedOn('req', 0)
  const prefix = from.slice(0, -1)
  return { from: `('${prefix}' || ${day(since)})`, to: `('${prefix}' || ${day(until)} + 1)` }
}

/**
 * Makes the partitions that records of today and the next days need. Records that came before theirs are moved into it.
 * @returns how many were made
 * @throws the error of the database; a partition that gets no lock keeps the others from nothing
 */
export async function makeRecordPartitions(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<number> {
  const there = new Set((await readDatedPartitions(pool, PARENT)).map(({ at }) => at.getTime() / DAY_MS))
  const wanted = new Set<number>()
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) wanted.add(removalDay(clock.now() + ahead * DAY_MS, RECORD_DAYS))
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
