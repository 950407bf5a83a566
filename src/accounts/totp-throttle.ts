import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Fault } from '../lib/fault.ts'
import { refusalHeaders } from '../platform/rate-limits/headers.ts'

/** Codes tried for one account, right ones aside. Of a million codes three are right at a time: by these, a year of trying succeeds once in twenty. */
export const TOTP_TRIES = {
  soon: { tries: 5, seconds: 15 * 60 },
  day: { tries: 50, seconds: 24 * 60 * 60 }
} as const

/** Counts over all processes, before a code is looked at: any number of tries at once are still so many. */
export interface TotpThrottle {
  /** @throws Fault `rate_limited` */
  take(accountId: string): Promise<void>
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
      // The wrong ones of the day stay counted; only this right one is given back.
      await Promise.all([soon?.limiter.delete(accountId), day?.limiter.reward(accountId)])
    }
  }
}
