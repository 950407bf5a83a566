import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** The mail to the owner of a token that is about to expire. */
export function tokenExpiringMail(
  to: string,
  { name, expiresAt, url }: { name: string; expiresAt: Date; url: string }
): Mail {
  return compose({
    to,
    subject: `The token ${name} expires soon`,
    paragraphs: [`The token "${name}" expires at ${mailTime(expiresAt)}. Calls with it are refused from then on.`],
    link: { label: 'Rotate it', url }
  })
}
