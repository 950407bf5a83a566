import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { requireRole } from './access.ts'
import type { MemberDeps } from './add-member.ts'
import { lockWorkspace } from './quotas.ts'
import { findMember, publicMember, requireAnotherOwner, WITH_ACCOUNT, type PublicMember } from './members.ts'

/** Gives a member another role. @throws Fault `not_found`, `insufficient_scope` for who does not own the workspace, `conflict` where it would be left without an owner */
export async function changeMember(
  deps: MemberDeps,
  account: AccountRecord,
  workspaceId: string,
  accountId: string,
  role: MemberRole,
  actor: Actor
): Promise<PublicMember> {
  requireRole(account, workspaceId, 'owner')
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const member = await findMember(tx, workspaceId, accountId)
    if (role !== 'owner') await requireAnotherOwner(tx, member)
    const changed = await tx.member.update({
      where: { workspaceId_accountId: { workspaceId, accountId } },
      data: { role },
      include: WITH_ACCOUNT
    })
    announce('account', accountId)
    await deps.audit.record(tx, {
      action: 'member.role_changed',
      actor,
      target: accountId,
      workspaceId,
      details: { role, before: member.role }
    })
    return publicMember(changed)
  })
}
