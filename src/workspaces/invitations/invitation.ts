import type { MemberRole } from '../../accounts/account-cache.ts'
import type { LinkDeps } from '../../accounts/links/make-password-link.ts'
import { linkUrl, newLinkCode } from '../../accounts/links/link.ts'
import type { Audit } from '../../audit.ts'
import { DAY_MS } from '../../lib/clock.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Changes } from '../../platform/db/changes.ts'
import type { Invitation, Prisma } from '../../platform/db/client.ts'

export const INVITATION_DAYS_DEFAULT = 7
export const INVITATION_DAYS_MAX = 30
/** The most open invitations of one workspace. */
export const INVITATIONS_MAX = 100

export interface InvitationDeps extends LinkDeps {
  changes: Changes
  audit: Audit
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

/** When an invitation for so many days ends. */
export function endOf(now: number, days: number): Date {
  return new Date(now + days * DAY_MS)
}

/** Makes the link of an invitation, which ends the one that it had. */
export async function linkInvitation(
  tx: Prisma.TransactionClient,
  deps: LinkDeps,
  invitation: Invitation
): Promise<SentInvitation> {
  const { code, digest } = newLinkCode()
  const row = {
    digest,
    email: invitation.email,
    createdAt: new Date(deps.clock.now()),
    expiresAt: invitation.expiresAt
  }
  await tx.link.upsert({
    where: { invitationId: invitation.id },
    create: { purpose: 'invitation', invitationId: invitation.id, ...row },
    update: row
  })
  return { ...publicInvitation(invitation), link: linkUrl(deps.publicUrl, code) }
}
