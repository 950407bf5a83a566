import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { secondFactorOwed } from '../accounts/admin.ts'
import { Fault } from '../lib/fault.ts'

const RANK: Record<MemberRole, number> = { viewer: 0, editor: 1, owner: 2 }

/** The roles that have at least the rights of each role. */
interface RolesFrom {
  viewer: 'viewer' | 'editor' | 'owner'
  editor: 'editor' | 'owner'
  owner: 'owner'
}

declare const checked: unique symbol

interface CheckedMembership<Roles extends MemberRole> {
  readonly workspaceId: string
  readonly accountId: string
  /** The role of the account, which may be higher than the required one. */
  readonly role: MemberRole
  /** Exists in types only. */
  readonly [checked]: Roles
}

/**
 * Proof that an account has at least the role `AtLeast` in a workspace. Only {@link requireRole} creates it, so a
 * function that takes a membership cannot be called without the check. An owner's membership is accepted where an
 * editor's is required, but not the other way round.
 */
export type Membership<AtLeast extends MemberRole = 'viewer'> = CheckedMembership<RolesFrom[AtLeast]>

/**
 * Checks that the account has at least this role in the workspace. Roles above `viewer` are for changes, which a
 * suspended workspace refuses.
 * @throws Fault `not_found` if the account is not a member, `insufficient_scope` if its role is below `atLeast`,
 *   `workspace_suspended` for a change
 * @example
 * const membership = requireRole(account, workspaceId, 'editor')
 * await createFlow(deps, membership, document, actor)
 */
export function requireRole<AtLeast extends MemberRole>(
  account: AccountRecord,
  workspaceId: string,
  atLeast: AtLeast
): Membership<AtLeast> {
  const membership = requireReader(account, workspaceId, atLeast)
  if (atLeast !== 'viewer') requireRunning(account, workspaceId)
  return membership
}

/**
 * Like {@link requireRole}, for reading: a suspended workspace can be read with every role.
 * @throws Fault `not_found`, `insufficient_scope`
 */
export function requireReader<AtLeast extends MemberRole>(
  account: AccountRecord,
  workspaceId: string,
  atLeast: AtLeast
): Membership<AtLeast> {
  const membership = membershipOf(account, workspaceId, atLeast)
  if (atLeast === 'owner' && owesSecondFactor(account, workspaceId)) throw secondFactorOwed()
  return membership
}

/**
 * Like {@link requireRole} for owners, but without the second factor: for calls that change the policy, so that owners
 * who lock themselves out by a rule can take it back.
 * @throws Fault `not_found`, `insufficient_scope`, `workspace_suspended`
 */
export function requirePolicyOwner(account: AccountRecord, workspaceId: string): Membership<'owner'> {
  const membership = membershipOf(account, workspaceId, 'owner')
  requireRunning(account, workspaceId)
  return membership
}

function owesSecondFactor({ secondFactorOwed: owed }: AccountRecord, workspaceId: string): boolean {
  return owed === 'everywhere' || owed.has(workspaceId)
}

function membershipOf<AtLeast extends MemberRole>(
  account: AccountRecord,
  workspaceId: string,
  atLeast: AtLeast
): Membership<AtLeast> {
  const role = account.memberships.get(workspaceId)
  if (!role) throw new Fault('not_found', { why: 'not_a_member' })
  if (!hasRole(account, workspaceId, atLeast))
    throw new Fault('insufficient_scope', {
      why: 'role_too_low',
      detail: `This needs the role "${atLeast}" in the workspace.`
    })
  return { workspaceId, accountId: account.id, role } as Membership<AtLeast>
}

/** @throws Fault `workspace_suspended` if the account is a member of the workspace and the workspace is suspended */
export function requireRunning(account: AccountRecord, workspaceId: string): void {
  if (account.suspendedWorkspaces.has(workspaceId)) throw workspaceSuspended()
}

/** The fault for callers who may know that the workspace exists. */
export function workspaceSuspended(): Fault {
  return new Fault('workspace_suspended', {
    why: 'workspace_suspended',
    detail: 'The workspace is suspended: it can be read, and nothing in it runs or changes. Ask an admin.'
  })
}

/** Whether the account has at least this role in the workspace. */
export function hasRole(account: AccountRecord, workspaceId: string, atLeast: MemberRole): boolean {
  const role = account.memberships.get(workspaceId)
  return role !== undefined && RANK[role] >= RANK[atLeast]
}
