import type { MemberRole } from '../../accounts/account-cache.ts'
import type { LinkDeps } from '../../accounts/links/make-account-link.ts'
import { newLink } from '../../accounts/links/link.ts'
import { invitationMail } from '../../mails/invitation.ts'
import type { Audit } from '../../audit.ts'
import { DAY_MS } from '../../lib/clock.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Changes } from '../../platform/db/changes.ts'
import type { Invitation, Prisma } from '../../platform/db/client.ts'
import type { Mail, Mailer } from '../../platform/mail/mailer.ts'
import type { InvitationThrottle } from './throttle.ts'

export const INVITATION_DAYS_DEFAULT = 7
export const INVITATION_DAYS_MAX = 30
/** The most open invitations of one workspace. */
export const INVITATIONS_MAX = 100

export interface InvitationDeps extends LinkDeps {
  changes: Changes
  audit: Audit
  mailer: Mailer
  invitationThrottle: InvitationThrottle
}

/** An open invitation as owners see it. */
export interface PublicInvitation {
  id: string
  email: string
  role: MemberRole
  createdAt: string
  expiresAt: string
}

/** An invitation with its link, which is shown once. */
export interface SentInvitation extends PublicInvitation {
  link: Secret
}

export function publicInvitation({ id, email, role, createdAt, expiresAt }: Invitation): PublicInvitation {
  return {
    id,
    email,
    role: role as MemberRole,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString()
  }
}

/** When an invitation that is made now ends. */
export function endOf(now: number, days: number): Date {
  return new Date(now + days * DAY_MS)
}

/** An invitation with its link, and the mail that carries it. */
export interface LinkedInvitation {
  sent: SentInvitation
  mail: Mail
}

/**
 * Makes the link of an invitation. An earlier link of it stops working.
 * @param inviterId the account that the mail names
 */
export async function linkInvitation(
  tx: Prisma.TransactionClient,
  deps: LinkDeps,
  invitation: Invitation,
  inviterId: string
): Promise<LinkedInvitation> {
  const { row: digests, link, mailedLink } = newLink(deps.publicUrl, 'its maker')
  const row = {
    ...digests,
    email: invitation.email,
    createdAt: new Date(deps.clock.now()),
    expiresAt: invitation.expiresAt
  }
  await tx.link.upsert({
    where: { invitationId: invitation.id },
    create: { purpose: 'invitation', invitationId: invitation.id, ...row },
    update: row
  })
  const [workspace, inviter] = [
    await tx.workspace.findUniqueOrThrow({ where: { id: invitation.workspaceId }, select: { name: true } }),
    await tx.account.findUniqueOrThrow({ where: { id: inviterId }, select: { name: true } })
  ]
  return {
    sent: { ...publicInvitation(invitation), link },
    mail: invitationMail(invitation.email, {
      workspace: workspace.name,
      role: invitation.role,
      inviter: inviter.name,
      link: mailedLink,
      expiresAt: invitation.expiresAt
    })
  }
}
