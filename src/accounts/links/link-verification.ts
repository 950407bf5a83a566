import { verificationMail } from '../../mails/verification.ts'
import type { Prisma } from '../../platform/db/client.ts'
import type { Mail } from '../../platform/mail/mailer.ts'
import { LINK_MS } from './link.ts'
import { type LinkDeps, makeAccountLink } from './make-account-link.ts'

/** Makes the link that proves the e-mail of an account, and the mail that carries it. The link is in the mail only. */
export async function linkVerification(
  tx: Prisma.TransactionClient,
  deps: LinkDeps,
  account: { id: string; email: string }
): Promise<Mail> {
  const { mailedLink, expiresAt } = await makeAccountLink(tx, deps, {
    purpose: 'verify',
    account,
    ms: LINK_MS.verify,
    seenBy: 'nobody'
  })
  return verificationMail(account.email, { link: mailedLink, expiresAt })
}
