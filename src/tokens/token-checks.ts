import type { AccountRecord } from '../accounts/account-cache.ts'
import type { TokenRecord } from './token-cache.ts'

/** A token that is known, and the moment of its use. */
export interface Standing {
  token: TokenRecord
  account: AccountRecord | undefined
  ip: string
  now: number
}

export interface StandingCheck {
  check: 'revocation' | 'expiry' | 'account' | 'address'
  /** The reason in the log and in the list of denied calls. */
  why: string
  holds(standing: Standing): boolean
}

/** What a known token must stand up to, in order: the only such list. Verification stops at the first that fails, the inspector shows them all. */
export const STANDING_CHECKS: readonly StandingCheck[] = [
  { check: 'revocation', why: 'revoked', holds: ({ token }) => !token.revoked },
  { check: 'expiry', why: 'expired', holds: ({ token, now }) => token.expiresAt > now },
  { check: 'account', why: 'account_suspended', holds: ({ account }) => account !== undefined && !account.suspended },
  { check: 'address', why: 'ip_not_allowed', holds: ({ token, ip }) => !token.allowsIp || token.allowsIp(ip) }
]
