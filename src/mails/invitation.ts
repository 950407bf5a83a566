import type { Secret } from '../lib/secret.ts'
import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** The mail to somebody who is invited into a workspace. */
export function invitationMail(
  to: string,
  {
    workspace,
    role,
    inviter,
    link,
    expiresAt
  }: {
    workspace: string
    role: string
    inviter: string
    link: Secret
    expiresAt: Date
  }
): Mail {
  return compose({
    to,
    subject: `${inviter} invites you to the workspace ${workspace}`,
    paragraphs: [
      `${inviter} invites you to the workspace "${workspace}" in Sluice, as ${role}.`,
      `The link works once, until ${mailTime(expiresAt)}. ` +
        `If you do not know ${inviter}, ignore this mail: nothing happens.`
    ],
    link: { label: 'Accept the invitation', url: link.reveal() }
  })
}
