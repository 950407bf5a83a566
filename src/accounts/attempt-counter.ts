import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Fault } from '../lib/fault.ts'
import { refusalHeaders } from '../platform/rate-limits/headers.ts'

/** How many attempts a window of `seconds` allows. The window begins with the first attempt. */
export interface AttemptLimit {
  tries: number
  seconds: number
}

/** Counts attempts by key, in the database and therefore across all processes. */
export interface AttemptCounter {
  limiter: RateLimiterPostgres
  /**
   * Counts one attempt, unless the limit is reached.
   * @returns undefined if it was counted, else the milliseconds until the window ends
   */
  count(key: string): Promise<number | undefined>
  /** Uncounts one attempt. */
  takeBack(key: string): Promise<void>
}

/**
 * Creates a counter.
 * @param name the prefix of its keys in the database; every counter needs its own
 */
export function createAttemptCounter(pool: Pool, name: string, { tries, seconds }: AttemptLimit): AttemptCounter {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'rate_limit',
    tableCreated: true,
    keyPrefix: name,
    points: tries,
    duration: seconds
  })
  return {
    limiter,

    async count(key) {
      try {
        await limiter.consume(key)
        return undefined
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        // The library counts refused attempts too.
        await limiter.reward(key)
        return error.msBeforeNext
      }
    },

    async takeBack(key) {
      await limiter.reward(key)
    }
  }
}

/** The `rate_limited` fault of an attempt beyond the limit. @param resetMs milliseconds until the window ends */
export function refuseAttempt(why: string, name: string, { tries, seconds }: AttemptLimit, resetMs: number): Fault {
  const policy = { name, limit: tries, windowMs: seconds * 1000 }
  return new Fault('rate_limited', { why, headers: refusalHeaders({ remaining: [{ policy, remaining: 0, resetMs }] }) })
}
