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

/** Counts wrong client secrets across all processes. An IPv6 /64 counts as one address. */
export interface ClientThrottle {
  /**
   * Counts an attempt as a wrong one, before its secret is checked.
   * @returns takes it back: the secret was right
   * @throws Fault `rate_limited`
   */
  begin(clientId: string, ip: string): Promise<() => Promise<void>>
}

export function createClientThrottle(pool: Pool): ClientThrottle {
  const scopes = (['pair', 'address'] as const).map((name) => ({
    name,
    limit: CLIENT_THROTTLE[name],
    counter: createAttemptCounter(pool, `oauth:${name}`, CLIENT_THROTTLE[name])
  }))
  return {
    async begin(clientId, ip) {
      const address = subnetKey(ip)
      const keys = { pair: `${createHash('sha256').update(clientId).digest('base64url')}:${address}`, address }
      const counted: (() => Promise<void>)[] = []
      const takeBack = async (): Promise<void> => {
        await Promise.all(counted.map((undo) => undo()))
      }
      // One after the other: an attempt that is refused counts toward nothing.
      for (const { name, limit, counter } of scopes) {
        const resetMs = await counter.count(keys[name])
        if (resetMs !== undefined) {
          await takeBack()
          throw refuseAttempt('too_many_wrong_secrets', `oauth-${name}`, limit, resetMs)
        }
        counted.push(() => counter.takeBack(keys[name]))
      }
      return takeBack
    }
  }
}
