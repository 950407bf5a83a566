import { DAY_MS, HOUR_MS } from '../lib/clock.ts'
import { createRemovalIds, firstOtherId, idsRemovedOn } from '../lib/removal-ids.ts'

// The id of a run that ends within its request says on which day the run is removed, and so which partition of `run`
// has it: whoever has the id finds the run in one partition. Other ids are in the partition of the rest, `run_rest`,
// durable runs among them, whose statements name that partition.

/** Retentions of up to so many days share partitions of this many days. A run is kept for that much longer at most. */
const STEPS = [
  { upToDays: 31, step: 1 },
  { upToDays: 92, step: 3 },
  { upToDays: 366, step: 14 },
  { upToDays: Infinity, step: 56 }
] as const

/** Retention counts from the end of a run, and an id from its start. No request takes as long as this. */
export const REQUEST_MAX_MS = HOUR_MS

/** The days, counted from 1970-01-01, that a partition of runs with this retention has. */
export function stepOf(retentionDays: number): number {
  return STEPS.find(({ upToDays }) => retentionDays <= upToDays)?.step ?? 1
}

/** {@link stepOf} in SQL, of a number of days. */
export function stepSql(days: string): string {
  const arms = STEPS.slice(0, -1).map(({ upToDays, step }) => `when ${days} <= ${upToDays} then ${step}`)
  return `case ${arms.join(' ')} else ${STEPS.at(-1)?.step} end`
}

/** The day, counted from 1970-01-01, on which a run is removed. */
export function removalDay(startedAt: number, retentionDays: number): number {
  const step = stepOf(retentionDays)
  return Math.ceil((Math.floor(startedAt / DAY_MS) + retentionDays + 1) / step) * step
}

/** A new id for a run that ends within its request, by its start and the retention of its workspace in days. */
export const newRequestRunId = createRemovalIds('run', removalDay)

/** From here on, ids are in the partition of the rest. */
export const FIRST_OTHER_ID = firstOtherId('run')

/**
 * The ids of the runs that started between two times within their requests, from the first one up to one that is not
 * among them. Other partitions than those of these ids, and that of the rest, have no run of this time.
 */
export function idsStartedBetween(since: number, until: number, retentionDays: number): { from: string; to: string } {
  return {
    from: idsRemovedOn('run', removalDay(since, retentionDays)).from,
    to: idsRemovedOn('run', removalDay(until, retentionDays)).to
  }
}
