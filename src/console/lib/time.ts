const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1]
] as const
const JUST_NOW_SECONDS = 5

/** "4 minutes ago", "in 3 days", "just now". Days ahead are rounded up from half a day, as people count them. */
export function relativeTime(at: string | Date, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000
  const size = Math.abs(seconds)
  if (size < JUST_NOW_SECONDS) return seconds > 0 ? 'now' : 'just now'
  const text = amountOf(size)
  return seconds > 0 ? `in ${text}` : `${text} ago`
}

/** "3 days", "1 hour": the largest unit that fits, rounded. */
export function amountOf(seconds: number): string {
  for (const [unit, size] of UNITS) {
    // 23 hours and 40 minutes are better shown as a day.
    const count = Math.round(seconds / size)
    if (count >= 1 && seconds >= size * 0.98) return `${count} ${unit}${count === 1 ? '' : 's'}`
  }
  return '0 seconds'
}

/** "2026-11-28 02:44:12 UTC (03:44 local)". */
export function absoluteTime(at: string | Date): string {
  const date = new Date(at)
  return `${utcTime(at)} (${two(date.getHours())}:${two(date.getMinutes())} local)`
}

/** "2026-11-28 02:44:12 UTC". */
export function utcTime(at: string | Date): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** "2026-11-28 03:44:12" in local time, for tables of logs. */
export function localTime(at: string | Date): string {
  const date = new Date(at)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** "51 ms", "1.2 s", "3 min". */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  return `${(ms / 3_600_000).toFixed(1).replace(/\.0$/, '')} h`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
