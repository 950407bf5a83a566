/** The current time, as a dependency: tests move it and never sleep. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
/** A day of UTC, which has no daylight saving time. */
export const DAY_MS = 24 * HOUR_MS

/** The start of the UTC day of a time. Both are milliseconds since the Unix epoch. */
export function startOfDay(ms: number): number {
  return ms - (ms % DAY_MS)
}

/** A time in RFC 3339 without fractions of a second. */
export function wholeSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -'.000Z'.length)}Z`
}
