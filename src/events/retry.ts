const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long after a failed attempt the next one is made: about a day and a half in all, as Standard Webhooks advises. */
const DELAYS_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR] as const

export const MAX_ATTEMPTS = DELAYS_MS.length + 1

/** Spreads what failed together. */
const JITTER = 0.2

/** When to try again after `attempts` failed ones, in milliseconds from now; undefined: not again. @param random 0 ≤ x < 1 */
export function retryDelayMs(attempts: number, random: number): number | undefined {
  const delay = DELAYS_MS[attempts - 1]
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * random))
}
