import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { day } from './time.ts'

/** To the owner of an account that was signed in to from an address for the first time. */
export function newSignInMail(
  to: string,
  { at, ip, userAgent, url }: { at: Date; ip: string; userAgent: string | undefined; url: string }
): Mail {
  const program = userAgent === undefined ? '' : `, with ${userAgent}`
  return compose({
    to,
    subject: 'New sign-in to Sluice',
    paragraphs: [
      `Somebody signed in to your account at ${day(at)} from ${ip}${program}, where nobody has signed in to it before.`,
      'If it was you, there is nothing to do. If not, change your password and end the other sessions.'
    ],
    link: { label: 'Your sessions', url }
  })
}
