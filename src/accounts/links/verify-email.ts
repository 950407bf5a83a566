import type { Actor } from '../../lib/actor.ts'
import { Fault } from '../../lib/fault.ts'
import { checkPassword } from '../check-password.ts'
import type { SessionDeps } from '../sessions.ts'
import { consumeLink, noSuchLink, type OpenedLink } from './find-link.ts'
import { markEmailVerified } from './mark-email-verified.ts'
import type { LinkAnswer } from './set-password.ts'

/**
 * Proves the e-mail of the account that a link was mailed for. Receiving the mail does not prove who made the account.
 * A session of the account, or its password, is needed too, so that nobody confirms an account that somebody else made
 * with their e-mail.
 * @param caller the account that is signed in, if any
 * @throws Fault `unauthenticated` without a session or a password; `password_incorrect`; `not_found` in a session of
 *   another account, and if the link was used meanwhile; `rate_limited`
 */
export async function verifyEmailByLink(
  deps: SessionDeps,
  link: OpenedLink,
  caller: { id: string } | undefined,
  { password }: LinkAnswer,
  actor: Actor
): Promise<void> {
  const { accountId } = link
  if (accountId === null) throw noSuchLink()
  if (caller?.id !== accountId) {
    if (!password) throw caller ? noSuchLink() : signInFirst()
    const owner = await checkPassword(deps, link.email, password, {
      via: 'confirmation',
      actor,
      during: 'proof of an e-mail'
    })
    if (owner?.id !== accountId)
      throw new Fault('password_incorrect', { why: 'wrong password during proof of an e-mail' })
  }
  const self: Actor = { ...actor, kind: 'account', id: accountId }
  await deps.changes.transaction(async (tx, announce) => {
    await consumeLink(tx, deps, link)
    await deps.audit.record(tx, {
      action: 'link.used',
      actor: self,
      target: accountId,
      details: { purpose: link.purpose }
    })
    await markEmailVerified(tx, deps, accountId, self)
    announce('account', accountId)
  })
}

function signInFirst(): Fault {
  return new Fault('unauthenticated', {
    why: 'unverified_account_not_signed_in',
    detail: 'Sign in to the account, or send its password, to confirm its e-mail.'
  })
}
