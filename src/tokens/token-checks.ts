import type { AccountRecord } from '../accounts/account-cache.ts'
import type { TokenRecord } from './token-cache.ts'

/** A token that is known, and the moment of its use. */
export interface TokenCheckInput {
  token: TokenRecord
  account: AccountRecord | undefined
  ip: string
  now: number
}

export interface TokenCheck {
  check: 'revocation' | 'expiry' | 'account' | 'address'
  /** The reason in the log and in the list of denied calls. */
  why: string
  passes(input: TokenCheckInput): boolean
}

/** What a known token must stand up to, in order: the only such list. Verification stops at the first that fails, the inspector shows them all. */
export const TOKEN_CHECKS: readonly TokenCheck[] = [
  { check: 'revocation', why: 'revoked', passes: ({ token }) => !token.revoked },
  { check: 'expiry', why: 'expired', passes: ({ token, now }) => token.expiresAt > now },
  { check: 'account', why: 'account_suspended', passes: ({ account }) => account !== undefined && !account.suspended },
  { check: 'address', why: 'ip_not_allowed', passes: ({ token, ip }) => !token.allowsIp || token.allowsIp(ip) }
]
