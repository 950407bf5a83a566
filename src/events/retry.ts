import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/clock.ts'

/** Delays after failed attempts: about a day and a half in total, as Standard Webhooks recommends. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS
] as const

export const MAX_ATTEMPTS = DELAYS_MS.length + 1

/** Spreads the retries of attempts that failed together. */
const JITTER = 0.2

/**
 * The delay before the next attempt, in milliseconds; undefined after the last one.
 * @param attempts failed ones so far
 * @param random 0 ≤ x < 1
 */
export function retryDelayMs(attempts: number, random: number): number | undefined {
  const delay = DELAYS_MS[attempts - 1]
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * random))
}
