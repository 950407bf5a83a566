import type { Actor } from '../../lib/actor.ts'
import { Fault } from '../../lib/fault.ts'
import { isId } from '../../lib/ids.ts'
import type { Membership } from '../access.ts'
import { type ConfirmedOwner, requireConfirmation } from '../../accounts/confirmation.ts'
import { lockWorkspace } from '../quotas.ts'
import {
  endOf,
  INVITATION_DAYS_DEFAULT,
  type InvitationDeps,
  linkInvitation,
  type SentInvitation
} from './invitation.ts'

/**
 * Makes a new link of an invitation, for {@link INVITATION_DAYS_DEFAULT} days; the earlier link ends.
 * @param confirmation the resending owner's; required if the invitation is for an owner
 * @throws Fault `not_found`; `confirmation_required`; `rate_limited`
 */
export async function resendInvitation(
  deps: InvitationDeps,
  { workspaceId, accountId }: Membership<'owner'>,
  invitationId: string,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<SentInvitation> {
  await deps.invitationThrottle.take(accountId)
  const { sent, mail } = await deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const invitation = isId('inv', invitationId)
      ? await tx.invitation.findUnique({ where: { id: invitationId, workspaceId } })
      : null
    if (!invitation) throw new Fault('not_found', { why: 'no_such_invitation' })
    if (invitation.role === 'owner') requireConfirmation(confirmation)
    const renewed = await tx.invitation.update({
      where: { id: invitationId },
      data: { expiresAt: endOf(deps.clock.now(), INVITATION_DAYS_DEFAULT) }
    })
    await deps.audit.record(tx, {
      action: 'invitation.created',
      actor,
      target: invitationId,
      workspaceId,
      details: { email: invitation.email, role: invitation.role, again: true }
    })
    return linkInvitation(tx, deps, renewed, accountId)
  })
  deps.mailer.send(mail)
  return sent
}
