import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Fault } from '../lib/fault.ts'

/** Codes tried for one account, right ones aside. Of a million codes three are right at a time: by these, a year of trying succeeds once in twenty. */
export const TOTP_TRIES = {
  soon: { tries: 5, seconds: 15 * 60 },
  day: { tries: 50, seconds: 24 * 60 * 60 }
} as const

/** Counts over all processes, before a code is looked at: any number of tries at once are still so many. */
export interface TotpThrottle {
  /** @throws Fault `rate_limited` with `Retry-After` */
  take(accountId: string): Promise<void>
  succeeded(accountId: string): Promise<void>
}

export function createTotpThrottle(pool: Pool): TotpThrottle {
  const limiters = Object.entries(TOTP_TRIES).map(([name, { tries, seconds }]) => new RateLimiterPostgres({
    storeClient: pool, storeType: 'pool', tableName: 'rate_limit', tableCreated: true, keyPrefix: `totp:${name}`, points: tries, duration: seconds
  }))
  const [soon] = limiters

  return {
    async take(accountId) {
      for (const limiter of limiters) {
        try {
          await limiter.consume(accountId)
        } catch (error) {
          if (!(error instanceof RateLimiterRes)) throw error
          throw new Fault('rate_limited', { why: 'too_many_wrong_codes', headers: { 'Retry-After': String(Math.max(1, Math.ceil(error.msBeforeNext / 1000))) } })
        }
      }
    },

    async succeeded(accountId) {
      await soon?.delete(accountId)
    }
  }
}
