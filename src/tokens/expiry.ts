const DAY_MS = 24 * 60 * 60 * 1000

/** When a token made now ends, in whole seconds as a JWT's `exp` counts them; 0 days = never. A day is 24 hours, whatever the calendar does. */
export function expiryOf(now: number, days: number): Date | null {
  return days === 0 ? null : new Date(Math.floor((now + days * DAY_MS) / 1000) * 1000)
}
