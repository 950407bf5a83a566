import type { Pool } from 'pg'
import { createAttemptCounter, refuseAttempt } from './attempt-counter.ts'

/**
 * How many wrong codes one account allows. Three of a million codes are valid at any time, so a year of guessing within
 * these limits succeeds with a probability of about 5 %.
 */
export const TOTP_TRIES = {
  soon: { tries: 5, seconds: 15 * 60 },
  day: { tries: 50, seconds: 24 * 60 * 60 }
} as const

/** Counts across all processes, and before a code is checked, so that concurrent attempts cannot exceed the limit. */
export interface TotpThrottle {
  /** Counts one attempt. @throws Fault `rate_limited` */
  take(accountId: string): Promise<void>
  /** Resets the short window and takes back this one attempt of the day. */
  succeeded(accountId: string): Promise<void>
}

/** Creates the throttle. It counts in the database, so its limits hold across all processes. */
export function createTotpThrottle(pool: Pool): TotpThrottle {
  const soon = createAttemptCounter(pool, 'totp:soon', TOTP_TRIES.soon)
  const day = createAttemptCounter(pool, 'totp:day', TOTP_TRIES.day)

  return {
    async take(accountId) {
      const untilSoon = await soon.count(accountId)
      if (untilSoon !== undefined) throw refuseAttempt('too_many_wrong_codes', 'totp-soon', TOTP_TRIES.soon, untilSoon)
      const untilDay = await day.count(accountId)
      if (untilDay !== undefined) throw refuseAttempt('too_many_wrong_codes', 'totp-day', TOTP_TRIES.day, untilDay)
    },

    async succeeded(accountId) {
      // The day's wrong codes stay counted.
      await Promise.all([soon.limiter.delete(accountId), day.takeBack(accountId)])
    }
  }
}
