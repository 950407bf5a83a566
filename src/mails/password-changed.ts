import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** The mail to the owner of an account whose password was set through a link. */
export function passwordChangedMail(
  to: string,
  { at, ip, tokensRevoked }: { at: Date; ip: string | undefined; tokensRevoked: boolean }
): Mail {
  return compose({
    to,
    subject: 'Your password for Sluice was changed',
    paragraphs: [
      `The password of your account was changed by a link at ${mailTime(at)}` +
        `${ip === undefined ? '' : `, from ${ip}`}. ` +
        `All sessions have ended; your tokens ${tokensRevoked ? 'were revoked' : 'still work'}.`,
      'If it was not you, ask an admin of your gateway for help at once.'
    ]
  })
}
