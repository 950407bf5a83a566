import type { MemberRole } from '../../accounts/account-cache.ts'
import { type ConfirmedOwner, requireConfirmation } from '../../accounts/confirmation.ts'
import { newEmail } from '../../accounts/new-email.ts'
import type { Actor } from '../../lib/actor.ts'
import { Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import type { Prisma } from '../../platform/db/client.ts'
import type { Membership } from '../access.ts'
import { admitsEmail } from '../email-domains.ts'
import type { Policy } from '../policy.ts'
import { lockWorkspace, requireQuota } from '../quotas.ts'
import {
  endOf,
  INVITATION_DAYS_DEFAULT,
  type InvitationDeps,
  INVITATIONS_MAX,
  linkInvitation,
  type SentInvitation
} from './invitation.ts'

export interface NewInvitation {
  email: string
  role: MemberRole
  expiresInDays?: number | undefined
}

/**
 * Invites an e-mail into a workspace, whether an account has it or not. The role is granted when the invitation is
 * accepted.
 *
 * An invitation is open until it is accepted, withdrawn or expired. The row is the state.
 * @param confirmation the inviting owner's; required to invite an owner
 * @throws Fault `confirmation_required`; `validation_failed`; `conflict` if the e-mail is that of a member or has an
 *   open invitation, or there are {@link INVITATIONS_MAX} of them; `not_found`; `rate_limited`
 */
export async function createInvitation(
  deps: InvitationDeps,
  { workspaceId, accountId }: Membership<'owner'>,
  { email: given, role, expiresInDays = INVITATION_DAYS_DEFAULT }: NewInvitation,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<SentInvitation> {
  if (role === 'owner') requireConfirmation(confirmation)
  const email = newEmail(given)
  await deps.invitationThrottle.take(accountId)
  const { sent, mail } = await deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const now = deps.clock.now()
    await tx.invitation.deleteMany({ where: { workspaceId, expiresAt: { lte: new Date(now) } } })
    await refuseDomain(tx, workspaceId, email)
    await refuseTaken(tx, workspaceId, email)
    requireQuota(
      await tx.invitation.count({ where: { workspaceId } }),
      INVITATIONS_MAX,
      'open invitations of a workspace'
    )
    const invitation = await tx.invitation.create({
      data: {
        id: newId('inv'),
        workspaceId,
        email,
        role,
        invitedBy: accountId,
        createdAt: new Date(now),
        expiresAt: endOf(now, expiresInDays)
      }
    })
    await deps.audit.record(tx, {
      action: 'invitation.created',
      actor,
      target: invitation.id,
      workspaceId,
      details: { email, role }
    })
    return linkInvitation(tx, deps, invitation, accountId)
  })
  deps.mailer.send(mail)
  return sent
}

async function refuseDomain(tx: Prisma.TransactionClient, workspaceId: string, email: string): Promise<void> {
  const { policy } = await tx.workspace.findUniqueOrThrow({ where: { id: workspaceId }, select: { policy: true } })
  if (!admitsEmail(policy as Policy, email))
    throw new Fault('validation_failed', {
      why: 'domain_not_allowed',
      errors: [{ pointer: '/email', message: 'is not of a domain that the policy of the workspace allows' }]
    })
}

async function refuseTaken(tx: Prisma.TransactionClient, workspaceId: string, email: string): Promise<void> {
  const refuse = (why: string, detail: string, message: string): never => {
    throw new Fault('conflict', { why, detail, errors: [{ pointer: '/email', message }] })
  }
  if (await tx.member.findFirst({ where: { workspaceId, account: { email } }, select: { role: true } }))
    refuse('already_a_member', 'This is the e-mail of a member.', 'is the e-mail of a member')
  if (await tx.invitation.findUnique({ where: { workspaceId_email: { workspaceId, email } }, select: { id: true } }))
    refuse('already_invited', 'This e-mail has an open invitation: resend or withdraw it.', 'has an open invitation')
}
