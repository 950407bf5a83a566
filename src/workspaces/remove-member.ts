import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { requireRole } from './access.ts'
import type { MemberDeps } from './add-member.ts'
import { lockWorkspace } from './quotas.ts'
import { findMember, requireAnotherOwner } from './members.ts'

/** Owners remove anybody, and everybody may leave. @throws Fault `not_found`, `insufficient_scope`, `conflict` for the last owner */
export async function removeMember(
  deps: MemberDeps,
  account: AccountRecord,
  workspaceId: string,
  accountId: string,
  actor: Actor
): Promise<void> {
  requireRole(account, workspaceId, accountId === account.id ? 'viewer' : 'owner')
  await deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const member = await findMember(tx, workspaceId, accountId)
    await requireAnotherOwner(tx, member)
    await tx.member.delete({ where: { workspaceId_accountId: { workspaceId, accountId } } })
    announce('account', accountId)
    await deps.audit.record(tx, {
      action: 'member.removed',
      actor,
      target: accountId,
      workspaceId,
      details: { role: member.role }
    })
  })
}
