import type { Secret } from '../lib/secret.ts'
import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** The mail to the address of somebody who signed up. */
export function verificationMail(to: string, { link, expiresAt }: { link: Secret; expiresAt: Date }): Mail {
  return compose({
    to,
    subject: 'Confirm your e-mail for Sluice',
    paragraphs: [
      'An account in Sluice was made with this e-mail. Confirm that it is yours.',
      `The link works once, until ${mailTime(expiresAt)}. If you made no account, do not confirm: somebody else did.`
    ],
    link: { label: 'Confirm the e-mail', url: link.reveal() }
  })
}
