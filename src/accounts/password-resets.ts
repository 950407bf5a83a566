import type { Pool } from 'pg'
import pLimit from 'p-limit'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { foldEmail } from '../lib/email.ts'
import { subnetKey } from '../lib/ip-address.ts'
import { passwordResetMail } from '../mails/password-reset.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import type { Logger } from '../platform/log/log.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import { createAttemptCounter } from './attempt-counter.ts'
import { LINK_MS } from './links/link.ts'
import { type LinkDeps, makeAccountLink } from './links/make-account-link.ts'

/** How many resets are sent in a window. A request beyond the limit gets the same answer, and nothing is sent. */
export const RESETS = {
  /** To one e-mail. */
  email: { tries: 3, seconds: 60 * 60 },
  /** Asked for from one address. */
  address: { tries: 20, seconds: 60 * 60 }
} as const
/** The most requests that wait. Further ones are dropped. */
const WAITING_MAX = 500
const AT_ONCE = 2

export interface PasswordResets {
  /**
   * Mails a link for another password to the account with this e-mail. Returns at once and reports nothing: neither the
   * answer nor its time may reveal whether the account exists.
   */
  request(email: string, actor: Actor): void
  /** Waits for the requests under way. */
  close(): Promise<void>
}

export interface PasswordResetDeps extends LinkDeps {
  database: Database
  changes: Changes
  audit: Audit
  mailer: Mailer
  log: Pick<Logger, 'warn' | 'error'>
}

/** Creates the resets of this process. Without a mail server, requests are dropped and the log says so once. */
export function createPasswordResets(deps: PasswordResetDeps): PasswordResets {
  const { pool }: { pool: Pool } = deps.database
  const byEmail = createAttemptCounter(pool, 'reset:email', RESETS.email)
  const byAddress = createAttemptCounter(pool, 'reset:address', RESETS.address)
  const limit = pLimit(AT_ONCE)
  const underWay = new Set<Promise<void>>()
  let saidThatMailIsOff = false

  async function answer(email: string, actor: Actor): Promise<void> {
    if ((await byAddress.count(subnetKey(actor.ip ?? ''))) !== undefined) return
    if ((await byEmail.count(email)) !== undefined) return
    const account = await deps.database.prisma.account.findUnique({
      where: { email, suspendedAt: null },
      select: { id: true, email: true }
    })
    if (!account) return
    const link = await deps.changes.transaction(async (tx) => {
      await deps.audit.record(tx, {
        action: 'account.recovery_started',
        actor,
        target: account.id,
        details: { by: 'mail' }
      })
      return makeAccountLink(tx, deps, { purpose: 'reset', account, ms: LINK_MS.resetByMail, seenBy: 'nobody' })
    })
    deps.mailer.send(passwordResetMail(account.email, { ...link, by: 'owner' }))
  }

  return {
    request(text, actor) {
      if (!deps.mailer.enabled) {
        if (!saidThatMailIsOff)
          deps.log.warn('a password reset was requested, but SMTP_URL is not set: no resets are sent')
        saidThatMailIsOff = true
        return
      }
      if (limit.pendingCount >= WAITING_MAX) return
      const answering = limit(() => answer(foldEmail(text), actor))
        .catch((error: unknown) => deps.log.error({ err: error }, 'a password reset failed'))
        .finally(() => underWay.delete(answering))
      underWay.add(answering)
    },
    async close() {
      await Promise.all(underWay)
    }
  }
}
