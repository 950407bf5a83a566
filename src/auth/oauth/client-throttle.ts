import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { createAttemptCounter, refuseAttempt } from '../../accounts/attempt-counter.ts'
import { subnetKey } from '../../lib/ip-address.ts'

/** How many wrong client secrets a window allows before the next attempt is refused. */
export const CLIENT_THROTTLE = {
  /** Per client and address. */
  pair: { tries: 10, seconds: 15 * 60 },
  /** Per address, for any client. */
  address: { tries: 1000, seconds: 60 * 60 }
} as const

/**
 * Counts wrong client secrets across all processes. An IPv6 /64 counts as one address. Right ones are not counted,
 * because many instances of a client may start at once.
 */
export interface ClientThrottle {
  /**
   * Checks the limits before the secret, so a right secret is refused too once a limit is reached.
   * @throws Fault `rate_limited`
   */
  requireBelowLimits(clientId: string, ip: string): Promise<void>
  /** @throws Fault `rate_limited` if the limits were reached meanwhile */
  countWrong(clientId: string, ip: string): Promise<void>
}

export function createClientThrottle(pool: Pool): ClientThrottle {
  const scopes = (['pair', 'address'] as const).map((name) => {
    const limit = CLIENT_THROTTLE[name]
    const counter = createAttemptCounter(pool, `oauth:${name}`, limit)
    const refuse = (resetMs: number) => refuseAttempt('too_many_wrong_secrets', `oauth-${name}`, limit, resetMs)
    return { name, limit, counter, refuse }
  })
  return {
    async requireBelowLimits(clientId, ip) {
      const keys = keysOf(clientId, ip)
      for (const { name, limit, counter, refuse } of scopes) {
        const counted = await counter.limiter.get(keys[name])
        if (counted && counted.consumedPoints >= limit.tries) throw refuse(counted.msBeforeNext)
      }
    },
    async countWrong(clientId, ip) {
      const keys = keysOf(clientId, ip)
      for (const { name, counter, refuse } of scopes) {
        const resetMs = await counter.count(keys[name])
        if (resetMs !== undefined) throw refuse(resetMs)
      }
    }
  }
}

function keysOf(clientId: string, ip: string): { pair: string; address: string } {
  const address = subnetKey(ip)
  return { pair: `${createHash('sha256').update(clientId).digest('base64url')}:${address}`, address }
}
