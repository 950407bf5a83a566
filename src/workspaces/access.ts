import type { AccountRecord, MemberRole } from '../accounts/lookup.ts'
import { Fault } from '../lib/fault.ts'

const RANK: Record<MemberRole, number> = { viewer: 0, editor: 1, owner: 2 }

/**
 * The account's role in the workspace, where it is at least this one.
 * @throws Fault `not_found` where it is no member, `insufficient_scope` where its role is too low
 */
export function requireRole(account: AccountRecord, workspaceId: string, atLeast: MemberRole): MemberRole {
  const role = account.memberships.get(workspaceId)
  if (!role) throw new Fault('not_found', { why: 'not_a_member' })
  if (RANK[role] < RANK[atLeast]) throw new Fault('insufficient_scope', { why: 'role_too_low', detail: `This needs the role "${atLeast}" in the workspace.` })
  return role
}
