import { DAY_MS, HOUR_MS } from '../lib/clock.ts'
import { createRemovalIds, firstOtherId, idsRemovedOn } from '../lib/removal-ids.ts'

// The id of a run that ends within its request contains the day on which the run is removed, and so identifies its
// partition of `run`: a query by id reads one partition. All other ids, those of durable runs included, are in the
// partition `run_rest`; the statements of durable runs name it.

/** Retentions of up to so many days have partitions of so many days. A run is kept for up to that much longer. */
const STEPS = [
  { upToDays: 31, step: 1 },
  { upToDays: 92, step: 3 },
  { upToDays: 366, step: 14 },
  { upToDays: Infinity, step: 56 }
] as const

/** Retention counts from the end of a run, but an id counts from its start. Every request is shorter than this. */
export const REQUEST_MAX_MS = HOUR_MS

/** How many days a partition of runs with this retention spans. */
export function stepOf(retentionDays: number): number {
  return STEPS.find(({ upToDays }) => retentionDays <= upToDays)?.step ?? 1
}

/**
 * {@link stepOf} as SQL.
 * @param days SQL of a number of days
 */
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

/** Ids from here on are in the partition `run_rest`. */
export const FIRST_OTHER_ID = firstOtherId('run')

/**
 * The ids of the runs of requests that started between two times: from `from` up to, but not including, `to`. Only the
 * partitions of these ids, and `run_rest`, contain runs of this time.
 */
export function idsStartedBetween(since: number, until: number, retentionDays: number): { from: string; to: string } {
  return {
    from: idsRemovedOn('run', removalDay(since, retentionDays)).from,
    to: idsRemovedOn('run', removalDay(until, retentionDays)).to
  }
}
