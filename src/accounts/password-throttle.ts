import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Fault } from '../lib/fault.ts'
import { subnetKey } from '../lib/ip-address.ts'
import { refusalHeaders } from '../platform/rate-limits/headers.ts'

/** How many wrong passwords a window allows before the next attempt is rejected. */
export const THROTTLE = {
  /** Per account and address. */
  pair: { failures: 10, seconds: 15 * 60 },
  /**
   * Per account, from any address. It does not apply to addresses that the account has signed in from before, so an
   * attacker who fails on purpose cannot lock the owner out there.
   */
  account: { failures: 100, seconds: 60 * 60 },
  /** Per address, for any account. */
  address: { failures: 1000, seconds: 60 * 60 }
} as const

/** How long an address counts as known after the correct password came from it. */
export const KNOWN_ADDRESS_SECONDS = 90 * 24 * 60 * 60

type Scope = keyof typeof THROTTLE

/**
 * Counts wrong passwords across all processes. An IPv6 /64 counts as one address. A correct password is never counted
 * and clears the counter of its account and address.
 */
export interface PasswordThrottle {
  /** Unknown e-mails are counted like known ones. @throws Fault `rate_limited` after too many wrong passwords */
  check(email: string, ip: string): Promise<void>
  failed(email: string, ip: string): Promise<void>
  succeeded(email: string, ip: string): Promise<void>
}

export function createPasswordThrottle(pool: Pool): PasswordThrottle {
  const counter = (name: string, points: number, seconds: number): RateLimiterPostgres =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limit',
      tableCreated: true,
      keyPrefix: `password:${name}`,
      points,
      duration: seconds
    })
  const scopes = Object.keys(THROTTLE) as Scope[]
  const limiters = Object.fromEntries(
    scopes.map((scope) => [scope, counter(scope, THROTTLE[scope].failures, THROTTLE[scope].seconds)])
  ) as Record<Scope, RateLimiterPostgres>
  /**
   * Pairs that sent a correct password. Only a correct password writes here, so guessing cannot make an address known.
   */
  const known = counter('known', 1, KNOWN_ADDRESS_SECONDS)

  function keysOf(email: string, ip: string): Record<Scope, string> {
    const account = createHash('sha256').update(email).digest('base64url')
    const address = subnetKey(ip)
    return { pair: `${account}:${address}`, account, address }
  }

  return {
    async check(email, ip) {
      const keys = keysOf(email, ip)
      const [isKnown, ...states] = await Promise.all([
        known.get(keys.pair),
        ...scopes.map(async (scope) => ({ scope, state: await limiters[scope].get(keys[scope]) }))
      ])
      const exhausted = states.flatMap(({ scope, state }) =>
        state !== null && state.remainingPoints <= 0 && !(isKnown && scope === 'account')
          ? [{ scope, resetMs: state.msBeforeNext }]
          : []
      )
      if (exhausted.length === 0) return
      const remaining = exhausted.map(({ scope, resetMs }) => ({
        policy: {
          name: `password-${scope}`,
          limit: THROTTLE[scope].failures,
          windowMs: THROTTLE[scope].seconds * 1000
        },
        remaining: 0,
        resetMs
      }))
      throw new Fault('rate_limited', { why: 'too_many_wrong_passwords', headers: refusalHeaders({ remaining }) })
    },

    async failed(email, ip) {
      const keys = keysOf(email, ip)
      await Promise.all(
        scopes.map(async (scope) => {
          try {
            await limiters[scope].consume(keys[scope])
          } catch (error) {
            if (!(error instanceof RateLimiterRes)) throw error
          }
        })
      )
    },

    async succeeded(email, ip) {
      const { pair } = keysOf(email, ip)
      await Promise.all([limiters.pair.delete(pair), known.set(pair, 1, KNOWN_ADDRESS_SECONDS)])
    }
  }
}
