import type { Pool } from 'pg'
import { subnetKey } from '../lib/ip-address.ts'
import { createAttemptCounter, refuseAttempt } from './attempt-counter.ts'

/** How many sign-ups a window allows, counted before anything is hashed. */
export const SIGN_UPS = {
  /** Per address. */
  address: { tries: 20, seconds: 60 * 60 },
  /** From all addresses. */
  all: { tries: 300, seconds: 60 * 60 }
} as const

/** Counts sign-ups across all processes. An IPv6 /64 counts as one address. */
export interface SignUpThrottle {
  /** Counts one sign-up. @throws Fault `rate_limited` */
  take(ip: string): Promise<void>
}

export function createSignUpThrottle(pool: Pool): SignUpThrottle {
  const address = createAttemptCounter(pool, 'sign-up:address', SIGN_UPS.address)
  const all = createAttemptCounter(pool, 'sign-up:all', SIGN_UPS.all)

  return {
    async take(ip) {
      const key = subnetKey(ip)
      // The address is counted first: an address beyond its limit must not use up the limit of all.
      const ofAddress = await address.count(key)
      if (ofAddress !== undefined)
        throw refuseAttempt('too_many_sign_ups', 'sign-ups-address', SIGN_UPS.address, ofAddress)
      const ofAll = await all.count('all')
      if (ofAll === undefined) return
      await address.takeBack(key)
      throw refuseAttempt('too_many_sign_ups_in_all', 'sign-ups', SIGN_UPS.all, ofAll)
    }
  }
}
