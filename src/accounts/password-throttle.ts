import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { RateLimiterPostgres } from 'rate-limiter-flexible'
import { subnetKey } from '../lib/ip-address.ts'
import { createAttemptCounter, refuseAttempt, type AttemptCounter } from './attempt-counter.ts'

/** How many passwords a window allows before the next attempt is rejected. */
export const THROTTLE = {
  /** Wrong ones, per account and address. */
  pair: { tries: 10, seconds: 15 * 60 },
  /** Wrong ones, per address, for any account. */
  address: { tries: 1000, seconds: 60 * 60 },
  /**
   * Wrong ones, per account, from any address. It does not apply to addresses that the account has signed in from
   * before, so an attacker who fails on purpose cannot lock the owner out there.
   */
  account: { tries: 100, seconds: 60 * 60 },
  /** Right ones, per account and address. This bounds how much hashing an account can cause with its own password. */
  right: { tries: 30, seconds: 5 * 60 }
} as const

/** How long an address counts as known after the correct password came from it. */
export const KNOWN_ADDRESS_SECONDS = 90 * 24 * 60 * 60

type Scope = keyof typeof THROTTLE

/** One attempt, which is counted already. Exactly one of the methods must be called once it is settled. */
export interface PasswordAttempt {
  /** The password was right: uncounts the attempt as a wrong one, and makes the address known. */
  right(): Promise<void>
  /** The password was wrong: uncounts the attempt as a right one. */
  wrong(): Promise<void>
  /** The password was not checked: uncounts the attempt altogether. */
  withdraw(): Promise<void>
}

/**
 * Counts passwords across all processes. An IPv6 /64 counts as one address. Every attempt counts as a wrong one and as
 * a right one before its password is checked, so that concurrent attempts cannot exceed a limit.
 */
export interface PasswordThrottle {
  /** Whether the right password of this account came from this address in the last {@link KNOWN_ADDRESS_SECONDS}. */
  isKnown(email: string, ip: string): Promise<boolean>
  /** Unknown e-mails are counted like known ones. @throws Fault `rate_limited` after too many passwords */
  begin(email: string, ip: string): Promise<PasswordAttempt>
}

/** Creates the throttle. It counts in the database, so its limits hold across all processes. */
export function createPasswordThrottle(pool: Pool): PasswordThrottle {
  const counters = Object.fromEntries(
    Object.entries(THROTTLE).map(([scope, limit]) => [scope, createAttemptCounter(pool, `password:${scope}`, limit)])
  ) as Record<Scope, AttemptCounter>
  /**
   * Pairs that sent a correct password. Only a correct password writes here, so guessing cannot make an address known.
   */
  const known: RateLimiterPostgres = createAttemptCounter(pool, 'password:known', {
    tries: 1,
    seconds: KNOWN_ADDRESS_SECONDS
  }).limiter

  async function isKnown(email: string, ip: string): Promise<boolean> {
    return (await known.get(keysOf(email, ip).pair)) !== null
  }

  return {
    isKnown,

    async begin(email, ip) {
      const keys = keysOf(email, ip)
      const forgiven = await isKnown(email, ip)
      const counted: Scope[] = []
      const takeBack = async (...scopes: readonly Scope[]): Promise<void> => {
        await Promise.all(scopes.map((scope) => counters[scope].takeBack(keys[scope])))
      }
      // In this order, and one after the other: an attempt that is refused for its address must not count toward the
      // account.
      for (const scope of ['pair', 'right', 'address', 'account'] as const) {
        const resetMs = await counters[scope].count(keys[scope])
        if (resetMs === undefined) counted.push(scope)
        else if (scope !== 'account' || !forgiven) {
          await takeBack(...counted)
          throw refuseAttempt(
            scope === 'right' ? 'too_many_right_passwords' : 'too_many_wrong_passwords',
            `password-${scope}`,
            THROTTLE[scope],
            resetMs
          )
        }
      }
      return {
        async right() {
          await Promise.all([
            counters.pair.limiter.delete(keys.pair),
            known.set(keys.pair, 1, KNOWN_ADDRESS_SECONDS),
            takeBack(...counted.filter((scope) => scope === 'address' || scope === 'account'))
          ])
        },
        wrong: () => takeBack('right'),
        withdraw: () => takeBack(...counted)
      }
    }
  }
}

function keysOf(email: string, ip: string): Record<Scope, string> {
  const account = createHash('sha256').update(email).digest('base64url')
  const address = subnetKey(ip)
  const pair = `${account}:${address}`
  return { pair, right: pair, account, address }
}
