import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/clock.ts'
import { isObject } from '../lib/json.ts'

const UNITS = { days: DAY_MS, hours: HOUR_MS, minutes: MINUTE_MS, seconds: SECOND_MS, milliseconds: 1 } as const
export const DURATION_UNITS = Object.keys(UNITS)

// Years and months have no fixed length, so they are not accepted.
const ISO =
  /^P(?!$)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const ISO_UNITS = [7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS] as const
const MAX_DURATION_MS = 10 * 365 * DAY_MS

/**
 * Milliseconds of a duration: ISO 8601 (`PT30S`, weeks to seconds) or an object of
 * `days hours minutes seconds milliseconds`. `undefined` for anything else, for a negative duration and for one of more
 * than ten years.
 */
export function durationMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? isoMs(value) : isObject(value) ? objectMs(value) : undefined
  return ms === undefined || ms > MAX_DURATION_MS ? undefined : ms
}

function isoMs(text: string): number | undefined {
  const parts = ISO.exec(text)
  if (parts === null) return undefined
  return ISO_UNITS.reduce((sum, unit, index) => sum + Math.round(Number(parts[index + 1] ?? 0) * unit), 0)
}

function objectMs(value: Record<string, unknown>): number | undefined {
  const entries = Object.entries(value)
  if (entries.length === 0) return undefined
  let sum = 0
  for (const [unit, amount] of entries) {
    if (!Object.hasOwn(UNITS, unit) || !Number.isSafeInteger(amount) || (amount as number) < 0) return undefined
    sum += UNITS[unit as keyof typeof UNITS] * (amount as number)
  }
  return sum
}
