import type { FastifyRequest } from 'fastify'
import type { Admin } from '../accounts/admin.ts'
import type { MemberRole } from '../accounts/account-cache.ts'
import type { PasswordCheckDeps } from '../accounts/check-password.ts'
import {
  type Confirmed,
  confirmedBy,
  type ConfirmedOwner,
  findConfirmation,
  requireConfirmation
} from '../accounts/confirmation.ts'
import { Secret } from '../lib/secret.ts'
import type { Membership } from '../workspaces/access.ts'
import { adminOf, type GuardedRequest, managerOf, membershipOf, policyAdminOf, requestActor } from './guards.ts'

/** A call whose body may contain the password. */
export interface Confirmable {
  /** The password in the body; undefined if there is none. */
  password: string | undefined
  /** What the call does, for the audit log, such as `token creation`. */
  during: string
}

type ConfirmableRequest = GuardedRequest & Pick<FastifyRequest, 'ip' | 'id'>

/**
 * Returns the manager's confirmation: the password in the body, Basic, or a session that was confirmed a short time
 * ago; undefined if there is none. For operations that need it only in some cases.
 * @throws Fault `password_incorrect`, `rate_limited`
 */
export function confirmationOf(
  deps: PasswordCheckDeps,
  request: ConfirmableRequest,
  { password, during }: Confirmable
): Promise<ConfirmedOwner | undefined> {
  const principal = managerOf(request)
  const { id: accountId, email } = principal.account
  const evidence = {
    password: password === undefined ? undefined : new Secret(password),
    // A management token got its permissions in a confirmed call.
    confirmed: principal.kind !== 'session' || principal.confirmed
  }
  return findConfirmation(deps, { accountId, email }, evidence, requestActor(request), during)
}

/**
 * Requires the manager's confirmation, before an operation that a stolen session must not perform.
 * @throws Fault `confirmation_required`, `password_incorrect`, `rate_limited`
 */
export async function confirmManager(
  deps: PasswordCheckDeps,
  request: ConfirmableRequest,
  confirmable: Confirmable
): Promise<ConfirmedOwner> {
  return requireConfirmation(await confirmationOf(deps, request, confirmable))
}

/**
 * Like {@link adminOf}, with the admin's confirmation.
 * @throws Fault `insufficient_scope`, and those of {@link confirmManager}
 */
export async function confirmedAdminOf(
  deps: PasswordCheckDeps,
  request: ConfirmableRequest,
  confirmable: Confirmable
): Promise<Confirmed<Admin>> {
  const admin = adminOf(request)
  return confirmedBy(admin, await confirmManager(deps, request, confirmable))
}

/** Like {@link confirmedAdminOf}, for the policy. */
export async function confirmedPolicyAdminOf(
  deps: PasswordCheckDeps,
  request: ConfirmableRequest,
  confirmable: Confirmable
): Promise<Confirmed<Admin>> {
  const admin = policyAdminOf(request)
  return confirmedBy(admin, await confirmManager(deps, request, confirmable))
}

/**
 * Like {@link membershipOf}, with the member's confirmation. The role is checked before the confirmation.
 * @throws Fault `not_found`, `insufficient_scope`, and those of {@link confirmManager}
 */
export async function confirmedMembershipOf<AtLeast extends MemberRole>(
  deps: PasswordCheckDeps,
  request: ConfirmableRequest & { params: { workspaceId: string } },
  atLeast: AtLeast,
  confirmable: Confirmable
): Promise<Confirmed<Membership<AtLeast>>> {
  const membership = membershipOf(request, atLeast)
  return confirmedBy(membership, await confirmManager(deps, request, confirmable))
}
