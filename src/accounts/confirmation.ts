import type { Actor } from '../lib/actor.ts'
import { MINUTE_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import { checkPasswordOfKnown, type PasswordCheckDeps } from './check-password.ts'

/** How long a session whose password was confirmed may make calls that create or widen trust without the password. */
export const CONFIRMED_MS = 10 * MINUTE_MS

declare const confirmed: unique symbol

/**
 * A proof of what an account may do, combined with the proof that the caller knows its password: see
 * {@link confirmPassword} and {@link findConfirmation}. Functions that create or widen trust take one, so that a stolen
 * session cannot call them.
 */
export type Confirmed<Proof extends { readonly accountId: string }> = Proof & {
  /** Exists in types only. */
  readonly [confirmed]: true
}

export type ConfirmedOwner = Confirmed<{ readonly accountId: string; readonly email: string }>

/** The evidence in a request that its sender knows the password. */
export interface Evidence {
  /** The password in the body. If there is one, it must be right. */
  password: Secret | undefined
  /** Whether the credential is the password itself, or a session that confirmed it in the last {@link CONFIRMED_MS}. */
  confirmed: boolean
}

/**
 * Asks for the account's password again before an operation that a stolen session must not perform.
 * @param during the operation, for the audit log, such as `password change`
 * @throws Fault `password_incorrect`, `rate_limited`
 */
export async function confirmPassword(
  deps: PasswordCheckDeps,
  owner: { accountId: string; email: string },
  password: Secret,
  actor: Actor,
  during: string
): Promise<ConfirmedOwner> {
  const found = await checkPasswordOfKnown(deps, owner.email, password, { via: 'confirmation', actor, during })
  if (found?.id === owner.accountId) return { accountId: owner.accountId, email: owner.email } as ConfirmedOwner
  throw new Fault('password_incorrect', { why: `wrong password during ${during}` })
}

/**
 * Returns the confirmation that a request carries; undefined if it carries none.
 * @throws Fault `password_incorrect`, `rate_limited`
 */
export async function findConfirmation(
  deps: PasswordCheckDeps,
  owner: { accountId: string; email: string },
  { password, confirmed }: Evidence,
  actor: Actor,
  during: string
): Promise<ConfirmedOwner | undefined> {
  if (password) return confirmPassword(deps, owner, password, actor, during)
  return confirmed ? ({ accountId: owner.accountId, email: owner.email } as ConfirmedOwner) : undefined
}

/** @throws Fault `confirmation_required` if there is no confirmation */
export function requireConfirmation(confirmation: ConfirmedOwner | undefined): ConfirmedOwner {
  if (confirmation) return confirmation
  throw new Fault('confirmation_required', {
    why: 'session_not_confirmed',
    detail: 'Send your password with this call, or confirm this session first.'
  })
}

/** Joins a proof with the confirmation of the same account. */
export function confirmedBy<Proof extends { readonly accountId: string }>(
  proof: Proof,
  owner: ConfirmedOwner
): Confirmed<Proof> {
  if (owner.accountId !== proof.accountId) throw new Error('another account confirmed its password')
  return proof as Confirmed<Proof>
}
