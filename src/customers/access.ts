import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { Fault } from '../lib/fault.ts'
import { type Membership, requireRole } from '../workspaces/access.ts'

/**
 * Who manages a workspace's customers: a member, or the customers' own back end with an admin token of the workspace.
 */
export type CustomerManager = { account: AccountRecord } | { workspaceId: string }

declare const checked: unique symbol

/** Access of the customers' own back end, which has the rights of an owner. */
interface BackEndAccess {
  readonly workspaceId: string
  /** Exists in types only. */
  readonly [checked]: true
}

/** Proof that a caller may manage the customers of a workspace. Only {@link requireCustomerAccess} creates it. */
export type CustomerAccess<AtLeast extends MemberRole = 'viewer'> = Membership<AtLeast> | BackEndAccess

/**
 * Checks that the caller may manage the customers of this workspace.
 * @throws Fault `not_found` outside the manager's workspaces, `insufficient_scope` if the role is below `atLeast`
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
