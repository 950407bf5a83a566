import { CronExpressionParser } from 'cron-parser'
import { HOUR_MS } from '../../lib/clock.ts'
import type { ScheduleRule } from '../engine.ts'

/**
 * The next start after `now`. Ticks that were missed become one start: those before `now` are skipped, and intervals
 * keep their grid.
 * @param last the previous tick; undefined for a new schedule
 * @param now milliseconds since the epoch, like the result
 * @returns undefined where a schedule has no further tick, or its rule waits for a run to end
 */
export function nextTick(
  rule: ScheduleRule,
  timeZone: string,
  last: number | undefined,
  now: number
): number | undefined {
  if ('cron' in rule) return nextCron(rule.cron, timeZone, now)
  if ('afterMs' in rule) return last === undefined ? now : undefined
  if (last === undefined) return now + rule.everyMs
  const missed = Math.floor((now - last) / rule.everyMs)
  return last + (Math.max(0, missed) + 1) * rule.everyMs
}

/**
 * Where clocks are set back, one hour repeats. Computed from within the repeated hour, a tick of the first one would be
 * found again, so the computation starts an hour earlier. A rule that matches every hour ticks in both; a time that the
 * clocks skip ticks an hour later.
 */
function nextCron(expression: string, timeZone: string, now: number): number | undefined {
  try {
    const from = offsetAt(now - HOUR_MS, timeZone) === offsetAt(now, timeZone) ? now : now - HOUR_MS
    const ticks = CronExpressionParser.parse(expression, { tz: timeZone, currentDate: new Date(from) })
    let tick = ticks.next().getTime()
    while (tick <= now) tick = ticks.next().getTime()
    return tick
  } catch {
    // A valid rule that is never due, such as the 30th of February.
    return undefined
  }
}

/** The offset of local time from UTC, as text. */
function offsetAt(time: number, timeZone: string): string | undefined {
  return new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value
}
