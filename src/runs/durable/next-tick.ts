import { CronExpressionParser } from 'cron-parser'
import { withoutRepeats } from '../../dsl/index.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/clock.ts'
import type { ScheduleRule } from '../engine.ts'

/**
 * The next start after `now`. Missed ticks before `now` are skipped, and intervals keep their grid.
 * @param last the previous tick; undefined for a new schedule
 * @param now milliseconds since the epoch, like the result
 * @returns undefined if the schedule has no further tick, or its rule waits for a run to end
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

/** The next tick of a cron rule whose hours are local to the time zone. */
function nextCron(rule: string, timeZone: string, now: number): number | undefined {
  try {
    const expression = withoutRepeats(rule)
    const isEveryHour = (expression.split(' ')[1] ?? '').startsWith('*')
    return isEveryHour ? nextOfInterval(expression, timeZone, now) : nextOfFixedTime(expression, timeZone, now)
  } catch {
    // The rule is valid but never due, such as the 30th of February.
    return undefined
  }
}

/**
 * A rule that names hours is due once for each time on the clock. A time that the clocks skip is due later, by as much
 * as they are set forward. A time that they show twice is due the first time.
 */
function nextOfFixedTime(expression: string, timeZone: string, now: number): number {
  const offset = offsetAt(now, timeZone)
  // Normally the search can start at the local time of `now`. Around a change it starts earlier by as much, because a
  // skipped time is due later than it would show. No search starts earlier: a rule of every minute has hundreds of
  // ticks in a few hours.
  const change = Math.max(...[-DAY_MS, DAY_MS].map((far) => Math.abs(offsetAt(now + far, timeZone) - offset)))
  const ticks = localTicks(expression, now + offset - change)
  for (;;) {
    const tick = momentOf(ticks(), timeZone)
    if (tick > now) return tick
  }
}

/**
 * A rule of every hour follows the time that passes: it is due whenever the clock shows one of its times, also the
 * second time.
 */
function nextOfInterval(expression: string, timeZone: string, now: number): number {
  for (let from = now; ;) {
    const offset = offsetAt(from, timeZone)
    const tick = localTicks(expression, from + offset)() - offset
    if (offsetAt(tick, timeZone) === offset) return tick
    // The clocks change before the tick: later ticks follow the new offset.
    const change = changeBetween(from, tick, timeZone)
    from = change - 1
    const after = offsetAt(change, timeZone)
    const first = localTicks(expression, change + after - 1)() - after
    if (offsetAt(first, timeZone) === after) return first
    from = first
  }
}

/** The local times of a rule after a local time. Local times are written as if they were UTC. */
function localTicks(expression: string, after: number): () => number {
  const ticks = CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: new Date(after) })
  return () => ticks.next().getTime()
}

/**
 * The first moment at which the clocks of a time zone show a local time. A skipped time becomes later by as much as the
 * clocks are set forward.
 */
function momentOf(local: number, timeZone: string): number {
  const before = offsetAt(local - DAY_MS, timeZone)
  const after = offsetAt(local + DAY_MS, timeZone)
  if (offsetAt(local - before, timeZone) === before) return local - before
  return offsetAt(local - after, timeZone) === after ? local - after : local - before
}

/** The moment of a change of the offset, between two moments with different offsets. */
function changeBetween(from: number, to: number, timeZone: string): number {
  const offset = offsetAt(from, timeZone)
  let [same, other] = [from, to]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(middle, timeZone) === offset) same = middle
    else other = middle
  }
  return other
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** How many milliseconds local time is ahead of UTC. */
function offsetAt(time: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (format === undefined)
    formats.set(timeZone, (format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })))
  const name = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])([0-9]{2}):([0-9]{2})/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS)
}
