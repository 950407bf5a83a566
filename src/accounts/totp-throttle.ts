import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Fault } from '../lib/fault.ts'
import { refusalHeaders } from '../platform/rate-limits/headers.ts'

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
  /** Resets the short window and refunds this one attempt of the day. */
  succeeded(accountId: string): Promise<void>
}

export function createTotpThrottle(pool: Pool): TotpThrottle {
  const limiters = Object.entries(TOTP_TRIES).map(([name, { tries, seconds }]) => ({
    policy: { name: `totp-${name}`, limit: tries, windowMs: seconds * 1000 },
    limiter: new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limit',
      tableCreated: true,
      keyPrefix: `totp:${name}`,
      points: tries,
      duration: seconds
    })
  }))
  const [soon, day] = limiters

  return {
    async take(accountId) {
      for (const { policy, limiter } of limiters) {
        try {
          await limiter.consume(accountId)
        } catch (error) {
          if (!(error instanceof RateLimiterRes)) throw error
          throw new Fault('rate_limited', {
            why: 'too_many_wrong_codes',
            headers: refusalHeaders({ remaining: [{ policy, remaining: 0, resetMs: error.msBeforeNext }] })
          })
        }
      }
    },

    async succeeded(accountId) {
      // The day's wrong codes stay counted. Only this correct attempt is refunded.
      await Promise.all([soon?.limiter.delete(accountId), day?.limiter.reward(accountId)])
    }
  }
}
