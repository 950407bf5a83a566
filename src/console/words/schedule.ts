import { amountOf } from '../lib/time.ts'

export type ScheduleRule = { cron: string } | { everyMs: number } | { afterMs: number }

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** "every day at 03:00", "every 5 minutes"; undefined for a cron expression that has no short words. */
export function ruleWords(rule: ScheduleRule): string | undefined {
  if ('everyMs' in rule) return `every ${amountOf(rule.everyMs / 1000).replace(/^1 /, '')}`
  if ('afterMs' in rule) return `${amountOf(rule.afterMs / 1000)} after the last run ended`
  return cronWords(rule.cron)
}

/** The cron expression of a rule, if it has one. */
export function ruleText(rule: ScheduleRule): string | undefined {
  return 'cron' in rule ? rule.cron : undefined
}

function cronWords(cron: string): string | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...more] = cron.trim().split(/\s+/)
  if (more.length > 0 || month !== '*') return undefined
  const everyDay = day === '*' && weekday === '*'
  const step = /^\*\/(\d+)$/.exec(minute)?.[1]
  if (everyDay && hour === '*') {
    if (minute === '*') return 'every minute'
    if (step !== undefined) return step === '1' ? 'every minute' : `every ${step} minutes`
    return isNumber(minute) ? `every hour at minute ${minute}` : undefined
  }
  const hourStep = /^\*\/(\d+)$/.exec(hour)?.[1]
  if (everyDay && isNumber(minute) && hourStep !== undefined) return `every ${hourStep} hours at minute ${minute}`
  if (!isNumber(minute) || !isNumber(hour)) return undefined
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (everyDay) return `every day at ${time}`
  if (day === '*' && weekday === '1-5') return `every weekday at ${time}`
  if (day === '*' && isNumber(weekday)) return `every ${DAYS[Number(weekday)] ?? 'week'} at ${time}`
  return weekday === '*' && isNumber(day) ? `on day ${day} of every month at ${time}` : undefined
}

function isNumber(text: string): boolean {
  return /^\d{1,2}$/.test(text)
}
