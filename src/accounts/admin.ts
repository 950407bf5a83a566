import { Fault } from '../lib/fault.ts'
import type { AccountRecord } from './account-cache.ts'

declare const checked: unique symbol

/**
 * Proof that an account has the role `admin`. Only {@link requireAdmin} creates it, so a function that takes an admin
 * cannot be called without the check.
 */
export interface Admin {
  readonly accountId: string
  /** Exists in types only. */
  readonly [checked]: true
}

/**
 * Checks that the account has the role `admin`.
 * @throws Fault `insufficient_scope` if it does not
 * @example
 * const admin = requireAdmin(account)
 * await listAccounts(deps, admin, { limit: 50 })
 */
export function requireAdmin(account: Pick<AccountRecord, 'id' | 'role'>): Admin {
  if (account.role !== 'admin') throw new Fault('insufficient_scope', { why: 'not_an_admin' })
  return { accountId: account.id } as Admin
}
