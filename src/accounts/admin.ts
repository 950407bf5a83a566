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
 * Checks that the account has the role `admin`, and the second factor if a policy asks for one.
 * @throws Fault `insufficient_scope` if it does not
 * @example
 * const admin = requireAdmin(account)
 * await listAccounts(deps, admin, { limit: 50 })
 */
export function requireAdmin(account: Pick<AccountRecord, 'id' | 'role' | 'secondFactorOwed'>): Admin {
  const admin = requirePolicyAdmin(account)
  if (account.secondFactorOwed === 'everywhere') throw secondFactorOwed()
  return admin
}

/** The fault for an account without the second factor that a policy asks for. */
export function secondFactorOwed(): Fault {
  return new Fault('insufficient_scope', {
    why: 'second_factor_owed',
    detail: 'The policy requires a second factor: turn one on for your account first.'
  })
}

/**
 * Like {@link requireAdmin}, but without the second factor: for calls that change the policy, so that admins who lock
 * themselves out by a rule can take it back.
 * @throws Fault `insufficient_scope`
 */
export function requirePolicyAdmin(account: Pick<AccountRecord, 'id' | 'role'>): Admin {
  if (account.role !== 'admin') throw new Fault('insufficient_scope', { why: 'not_an_admin' })
  return { accountId: account.id } as Admin
}
