import { CronExpressionParser } from 'cron-parser'

/** When a flow starts by itself (`schedule` of its document), in milliseconds. */
export type ScheduleRule = { cron: string } | { everyMs: number } | { afterMs: number }

/**
 * The next start after `now`. What was missed while nothing ran is one start: those before `now` are left out, and intervals keep their grid.
 * @param last the tick that was due last; undefined for a new schedule
 * @returns undefined where a schedule has no further tick, or its rule waits for a run to end
 */
export function nextTick(rule: ScheduleRule, timeZone: string, last: number | undefined, now: number): number | undefined {
  if ('cron' in rule) return nextCron(rule.cron, timeZone, now)
  if ('afterMs' in rule) return last === undefined ? now : undefined
  if (last === undefined) return now + rule.everyMs
  const missed = Math.floor((now - last) / rule.everyMs)
  return last + (Math.max(0, missed) + 1) * rule.everyMs
}

function nextCron(expression: string, timeZone: string, now: number): number | undefined {
  try {
    return CronExpressionParser.parse(expression, { tz: timeZone, currentDate: new Date(now) }).next().getTime()
  } catch {
    // Valid, and never due: the 30th of February.
    return undefined
  }
}
