import type { Secret } from '../lib/secret.ts'
import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** The mail with which the owner of an account chooses another password. */
export function passwordResetMail(
  to: string,
  { link, expiresAt, by }: { link: Secret; expiresAt: Date; by: 'owner' | 'admin' }
): Mail {
  return compose({
    to,
    subject: 'Choose another password for Sluice',
    paragraphs: [
      by === 'admin'
        ? 'An admin made a link with which you can choose another password for your account in Sluice.'
        : 'Somebody asked for another password for your account in Sluice. ' +
          'If it was not you, ignore this mail: your password stays as it is.',
      `The link works once, until ${mailTime(expiresAt)}. Using it signs you out everywhere.`
    ],
    link: { label: 'Choose another password', url: link.reveal() }
  })
}
