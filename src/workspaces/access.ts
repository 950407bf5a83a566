import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { Fault } from '../lib/fault.ts'

const RANK: Record<MemberRole, number> = { viewer: 0, editor: 1, owner: 2 }

/**
 * The account's role in the workspace, where it is at least this one.
 * @throws Fault `not_found` where it is no member, `insufficient_scope` where its role is too low
 */
export function requireRole(account: AccountRecord, workspaceId: string, atLeast: MemberRole): MemberRole {
  const role = account.memberships.get(workspaceId)
  if (!role) throw new Fault('not_found', { why: 'not_a_member' })
  if (!hasRole(account, workspaceId, atLeast))
    throw new Fault('insufficient_scope', {
      why: 'role_too_low',
      detail: `This needs the role "${atLeast}" in the workspace.`
    })
  return role
}

/** Whether the account has at least this role in the workspace. */
export function hasRole(account: AccountRecord, workspaceId: string, atLeast: MemberRole): boolean {
  const role = account.memberships.get(workspaceId)
  return role !== undefined && RANK[role] >= RANK[atLeast]
}
