import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { passwordResetMail } from '../mails/password-reset.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import type { Admin } from './admin.ts'
import type { Confirmed } from './confirmation.ts'
import { LINK_MS, type NewLink } from './links/link.ts'
import { type LinkDeps, makeAccountLink } from './links/make-account-link.ts'

/** What happens, besides the new password, when the link is used. */
export interface Recovery {
  removeSecondFactor?: boolean | undefined
  revokeTokens?: boolean | undefined
}

/**
 * Makes a link with which the owner of an account chooses a new password. Nothing changes until it is used.
 * @throws Fault `not_found`
 */
export async function recoverAccount(
  deps: LinkDeps & { changes: Changes; audit: Audit; mailer: Mailer },
  _admin: Confirmed<Admin>,
  accountId: string,
  recovery: Recovery,
  actor: Actor
): Promise<NewLink> {
  const { email, ...link } = await deps.changes.transaction(async (tx) => {
    const account = isId('acc', accountId)
      ? await tx.account.findUnique({ where: { id: accountId }, select: { id: true, email: true } })
      : null
    if (!account) throw new Fault('not_found', { why: 'no_such_account' })
    const link = await makeAccountLink(tx, deps, {
      purpose: 'reset',
      account,
      ms: LINK_MS.resetByAdmin,
      seenBy: 'its maker',
      ...recovery
    })
    await deps.audit.record(tx, {
      action: 'account.recovery_started',
      actor,
      target: accountId,
      details: {
        removeSecondFactor: recovery.removeSecondFactor ?? false,
        revokeTokens: recovery.revokeTokens ?? false
      }
    })
    return { email: account.email, ...link }
  })
  deps.mailer.send(passwordResetMail(email, { link: link.mailedLink, expiresAt: link.expiresAt, by: 'admin' }))
  return link
}
