import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Fault } from '../lib/fault.ts'
import { refusalHeaders } from '../limits/headers.ts'

/** Wrong passwords in a window before the next try is refused, by what they have in common. */
export const THROTTLE = {
  /** One account from one address. */
  pair: { failures: 10, seconds: 15 * 60 },
  /** One account, from anywhere. */
  account: { failures: 100, seconds: 60 * 60 },
  /** One address, whichever accounts. */
  address: { failures: 1000, seconds: 60 * 60 }
} as const

type Scope = keyof typeof THROTTLE

/** Counts wrong passwords over all processes. A right one is never counted, and clears its pair. */
export interface Throttle {
  /** @throws Fault `rate_limited` where too many were wrong. Unknown e-mails are counted like known ones. */
  check(email: string, ip: string): Promise<void>
  failed(email: string, ip: string): Promise<void>
  succeeded(email: string, ip: string): Promise<void>
}

export function createThrottle(pool: Pool): Throttle {
  const limiters = new Map<Scope, RateLimiterPostgres>()
  for (const scope of Object.keys(THROTTLE) as Scope[]) {
    const { failures, seconds } = THROTTLE[scope]
    limiters.set(scope, new RateLimiterPostgres({
      storeClient: pool, storeType: 'pool', tableName: 'rate_limit', tableCreated: true, keyPrefix: `password:${scope}`, points: failures, duration: seconds
    }))
  }

  function each<T>(email: string, ip: string, act: (limiter: RateLimiterPostgres, key: string, scope: Scope) => Promise<T>): Promise<T[]> {
    const account = createHash('sha256').update(email).digest('base64url')
    const keys: Record<Scope, string> = { pair: `${account}:${ip}`, account, address: ip }
    return Promise.all([...limiters].map(([scope, limiter]) => act(limiter, keys[scope], scope)))
  }

  return {
    async check(email, ip) {
      const states = await each(email, ip, async (limiter, key, scope) => ({ scope, state: await limiter.get(key) }))
      const spent = states.flatMap(({ scope, state }) => (state !== null && state.remainingPoints <= 0 ? [{ scope, resetMs: state.msBeforeNext }] : []))
      if (spent.length === 0) return
      const allowances = spent.map(({ scope, resetMs }) => ({ policy: { name: `password-${scope}`, limit: THROTTLE[scope].failures, windowMs: THROTTLE[scope].seconds * 1000 }, remaining: 0, resetMs }))
      throw new Fault('rate_limited', { why: 'too_many_wrong_passwords', headers: refusalHeaders({ allowances }) })
    },

    async failed(email, ip) {
      await each(email, ip, async (limiter, key) => {
        try {
          await limiter.consume(key)
        } catch (error) {
          if (!(error instanceof RateLimiterRes)) throw error
        }
      })
    },

    async succeeded(email, ip) {
      await each(email, ip, async (limiter, key) => {
        if (limiter === limiters.get('pair')) await limiter.delete(key)
      })
    }
  }
}
