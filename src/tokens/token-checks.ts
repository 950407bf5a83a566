import type { AccountRecord } from '../accounts/account-cache.ts'
import type { TokenRecord } from './token-cache.ts'

/** A known token and the circumstances of its use. `now` is in milliseconds since 1970. */
export interface TokenCheckInput {
  token: TokenRecord
  account: AccountRecord | undefined
  ip: string
  now: number
}

export interface TokenCheck {
  check: 'revocation' | 'enabled' | 'expiry' | 'account' | 'address'
  /** The reason that the log and the list of denials show. */
  why: string
  passes(input: TokenCheckInput): boolean
}

/**
 * The checks of a known token, in order. This is the only list: authentication stops at the first failure, the
 * inspector shows every result.
 */
export const TOKEN_CHECKS: readonly TokenCheck[] = [
  { check: 'revocation', why: 'revoked', passes: ({ token }) => !token.revoked },
  { check: 'enabled', why: 'disabled', passes: ({ token }) => token.enabled },
  { check: 'expiry', why: 'expired', passes: ({ token, now }) => token.expiresAt > now },
  { check: 'account', why: 'account_suspended', passes: ({ account }) => account !== undefined && !account.suspended },
  { check: 'address', why: 'ip_not_allowed', passes: ({ token, ip }) => !token.allowsIp || token.allowsIp(ip) }
]
