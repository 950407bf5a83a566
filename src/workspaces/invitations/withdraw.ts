import type { Actor } from '../../lib/actor.ts'
import { Fault } from '../../lib/fault.ts'
import { isId } from '../../lib/ids.ts'
import type { Membership } from '../access.ts'
import type { InvitationDeps } from './invitation.ts'

/** Withdraws an invitation. Its link ends at once. @throws Fault `not_found` */
export async function withdrawInvitation(
  deps: Pick<InvitationDeps, 'changes' | 'audit'>,
  { workspaceId }: Membership<'owner'>,
  invitationId: string,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx) => {
    const [withdrawn] = isId('inv', invitationId)
      ? await tx.$queryRaw<{ email: string; role: string }[]>`
          delete from invitation where id = ${invitationId} and workspace_id = ${workspaceId} returning email, role`
      : []
    if (!withdrawn) throw new Fault('not_found', { why: 'no_such_invitation' })
    await deps.audit.record(tx, {
      action: 'invitation.withdrawn',
      actor,
      target: invitationId,
      workspaceId,
      details: withdrawn
    })
  })
}
