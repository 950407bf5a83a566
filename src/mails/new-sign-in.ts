import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** The mail to the owner of an account, after the first sign-in from an address. */
export function newSignInMail(
  to: string,
  { at, ip, userAgent, url }: { at: Date; ip: string; userAgent: string | undefined; url: string }
): Mail {
  const program = userAgent === undefined ? '' : `, with ${userAgent}`
  return compose({
    to,
    subject: 'New sign-in to Sluice',
    paragraphs: [
      `Somebody signed in to your account at ${mailTime(at)} from ${ip}${program}, ` +
        'where nobody has signed in to it before.',
      'If it was you, there is nothing to do. If not, change your password and end the other sessions.'
    ],
    link: { label: 'Your sessions', url }
  })
}
