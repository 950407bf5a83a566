import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { requireRole } from './access.ts'
import { lockWorkspace, requireRoom, WORKSPACE_LIMITS } from './quotas.ts'
import { publicMember, WITH_ACCOUNT, type PublicMember } from './members.ts'

export interface MemberDeps {
  changes: Changes
  clock: Clock
  audit: Audit
}

/** Only an owner adds members. @throws Fault `not_found`, `insufficient_scope`, `validation_failed` for an e-mail that no account has, `conflict` for who is a member already */
export async function addMember(
  deps: MemberDeps,
  account: AccountRecord,
  workspaceId: string,
  input: { email: string; role: MemberRole },
  actor: Actor
): Promise<PublicMember> {
  requireRole(account, workspaceId, 'owner')
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const added = await tx.account.findUnique({
      where: { email: input.email.toLowerCase() },
      select: { id: true, memberships: { where: { workspaceId } } }
    })
    if (!added)
      throw new Fault('validation_failed', {
        errors: [{ pointer: '/email', message: 'is not the e-mail of an account here' }]
      })
    if (added.memberships.length > 0)
      throw new Fault('conflict', {
        why: 'already_a_member',
        detail: 'This account is a member already.',
        errors: [{ pointer: '/email', message: 'is a member already' }]
      })
    requireRoom(await tx.member.count({ where: { workspaceId } }), WORKSPACE_LIMITS.members, 'members of a workspace')
    const member = await tx.member.create({
      data: { workspaceId, accountId: added.id, role: input.role, createdAt: new Date(deps.clock.now()) },
      include: WITH_ACCOUNT
    })
    announce('account', added.id)
    await deps.audit.record(tx, {
      action: 'member.added',
      actor,
      target: added.id,
      workspaceId,
      details: { role: input.role }
    })
    return publicMember(member)
  })
}
