import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'

/** The mail to the owner of tokens that somebody else revoked. */
export function tokensRevokedMail(
  to: string,
  { names, more, reason, url }: { names: readonly string[]; more: number; reason: string | undefined; url: string }
): Mail {
  const list = names.map((name) => `"${name}"`).join(', ') + (more > 0 ? ` and ${more} more` : '')
  return compose({
    to,
    subject: names.length + more === 1 ? 'A token of yours was revoked' : 'Tokens of yours were revoked',
    paragraphs: [
      `Somebody else revoked: ${list}. Calls with ${names.length + more === 1 ? 'it' : 'them'} are refused.`,
      ...(reason === undefined ? [] : [`Reason: ${reason}`])
    ],
    link: { label: 'Your tokens', url }
  })
}
