import type { Secret } from '../lib/secret.ts'
import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** The mail to somebody for whom an admin made an account. */
export function newAccountMail(to: string, { link, expiresAt }: { link: Secret; expiresAt: Date }): Mail {
  return compose({
    to,
    subject: 'Your account in Sluice',
    paragraphs: [
      'An admin made an account in Sluice for you. Choose a password to use it.',
      `The link works once, until ${mailTime(expiresAt)}.`
    ],
    link: { label: 'Choose a password', url: link.reveal() }
  })
}
