import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { Fault } from '../lib/fault.ts'
import { type Membership, requireRole } from '../workspaces/access.ts'

/** A caller that manages a workspace's customers: a member, or their back end by an admin token of that workspace. */
export type CustomerManager = { account: AccountRecord } | { workspaceId: string }

declare const checked: unique symbol

/** Access of the customers' own back end, which may do whatever an owner may. */
interface BackEndAccess {
  readonly workspaceId: string
  /** Exists in types only. */
  readonly [checked]: true
}

/** Proof that a caller may manage the customers of a workspace. Only {@link requireCustomerAccess} makes one. */
export type CustomerAccess<AtLeast extends MemberRole = 'viewer'> = Membership<AtLeast> | BackEndAccess

/**
 * Checks that the caller may manage the customers of this workspace.
 * @throws Fault `not_found` for another workspace, as for one that does not exist; `insufficient_scope` for a role that
 * is too low
 */
export function requireCustomerAccess<AtLeast extends MemberRole>(
  manager: CustomerManager,
  workspaceId: string,
  atLeast: AtLeast
): CustomerAccess<AtLeast> {
  if ('account' in manager) return requireRole(manager.account, workspaceId, atLeast)
  if (manager.workspaceId !== workspaceId) throw new Fault('not_found', { why: 'another_workspace' })
  return { workspaceId } as BackEndAccess
}
