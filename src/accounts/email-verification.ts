import { Fault } from '../lib/fault.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import { createAttemptCounter, refuseAttempt } from './attempt-counter.ts'
import { linkVerification } from './links/link-verification.ts'
import type { LinkDeps } from './links/make-account-link.ts'

/** How many links are mailed to one account in a window, besides the link of the sign-up. */
export const VERIFICATIONS = { tries: 3, seconds: 60 * 60 } as const

/** Mails links that prove e-mails, within a limit that counts across all processes. */
export interface EmailVerification {
  /** @throws Fault `conflict` if the e-mail is proven, or mail is not set up; `rate_limited` */
  send(accountId: string): Promise<void>
  /** Like `send`, but does nothing if a link that was mailed before still works, or if `send` would throw a fault. */
  sendUnlessOpen(accountId: string): Promise<void>
}

export function createEmailVerification(
  deps: LinkDeps & { database: Database; changes: Changes; mailer: Mailer }
): EmailVerification {
  const counter = createAttemptCounter(deps.database.pool, 'email_verifications', VERIFICATIONS)

  async function send(accountId: string): Promise<void> {
    if (!deps.mailer.enabled)
      throw new Fault('conflict', { why: 'mail_not_set_up', detail: 'This gateway is not set up to send mail.' })
    const account = await deps.database.prisma.account.findUniqueOrThrow({
      where: { id: accountId },
      select: { id: true, email: true, emailVerifiedAt: true }
    })
    if (account.emailVerifiedAt)
      throw new Fault('conflict', { why: 'email_verified', detail: 'This e-mail is confirmed already.' })
    const resetMs = await counter.count(accountId)
    if (resetMs !== undefined)
      throw refuseAttempt('too_many_verifications', 'email-verifications', VERIFICATIONS, resetMs)
    deps.mailer.send(await deps.changes.transaction((tx) => linkVerification(tx, deps, account)))
  }

  return {
    send,
    async sendUnlessOpen(accountId) {
      const open = await deps.database.prisma.link.findFirst({
        where: { purpose: 'verify', accountId, expiresAt: { gt: new Date(deps.clock.now()) } },
        select: { purpose: true }
      })
      if (open) return
      try {
        await send(accountId)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
      }
    }
  }
}
