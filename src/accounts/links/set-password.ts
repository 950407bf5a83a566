import type { Audit } from '../../audit.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { subnetKey } from '../../lib/ip-address.ts'
import type { Secret } from '../../lib/secret.ts'
import { passwordChangedMail } from '../../mails/password-changed.ts'
import type { Changes } from '../../platform/db/changes.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'
import { revokeWhere } from '../../tokens/revoke.ts'
import type { BreachedPasswords } from '../breached-passwords.ts'
import { endSessions } from '../end-sessions.ts'
import type { PasswordHasher } from '../password-hasher.ts'
import { checkNewPassword } from '../password-policy.ts'
import { consumeLink, noSuchLink, type OpenedLink } from './find-link.ts'
import { markEmailVerified } from './mark-email-verified.ts'

/** What the person who opened a link sends. */
export interface LinkAnswer {
  password?: Secret | undefined
  name?: string | undefined
}

export interface SetPasswordDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  passwordHasher: PasswordHasher
  breachedPasswords: BreachedPasswords
  mailer: Mailer
}

/**
 * Sets the password of the account that a link is for. The account's sessions end; its tokens stay, unless the link
 * says otherwise. A suspended account stays suspended. The e-mail need not be proven before sign-in any more: the link
 * was mailed, or an admin made it.
 * @throws Fault `validation_failed` for a missing or refused password, which does not use the link up; `not_found` if
 *   the link was used meanwhile; `rate_limited`
 */
export async function setPasswordByLink(
  deps: SetPasswordDeps,
  link: OpenedLink,
  { password, name }: LinkAnswer,
  actor: Actor
): Promise<void> {
  const { accountId } = link
  if (accountId === null) throw noSuchLink()
  const passwordHash = await hashChosenPassword(deps, password, link.email, actor)
  const self: Actor = { ...actor, kind: 'account', id: accountId }
  await deps.changes.transaction(async (tx, announce) => {
    await consumeLink(tx, deps, link)
    await tx.account.update({
      where: { id: accountId },
      data: { passwordHash, invitedAt: null, emailProofNeeded: false, ...(name === undefined ? {} : { name }) }
    })
    await endSessions(tx, deps, accountId, { reason: 'password set by a link', actor: self })
    if (link.mailed) await markEmailVerified(tx, deps, accountId, self)
    if (link.removeSecondFactor) {
      const { count } = await tx.accountTotp.deleteMany({ where: { accountId } })
      await tx.recoveryCode.deleteMany({ where: { accountId } })
      if (count > 0) await deps.audit.record(tx, { action: 'totp.removed', actor: self, target: accountId })
    }
    if (link.revokeTokens) await revokeWhere(tx, announce, deps, { accountId }, self, 'account recovered')
    await deps.audit.record(
      tx,
      { action: 'link.used', actor: self, target: accountId, details: { purpose: link.purpose } },
      { action: 'password.changed', actor: self, target: accountId }
    )
    announce('account', accountId)
  })
  if (link.purpose === 'reset')
    deps.mailer.send(
      passwordChangedMail(link.email, {
        at: new Date(deps.clock.now()),
        ip: actor.ip,
        tokensRevoked: link.revokeTokens
      })
    )
}

/** @throws Fault `validation_failed` at `/password`; `rate_limited` */
export async function hashChosenPassword(
  deps: Pick<SetPasswordDeps, 'passwordHasher' | 'breachedPasswords'>,
  password: Secret | undefined,
  email: string,
  { ip = '' }: Actor
): Promise<string> {
  if (!password) throw new Fault('validation_failed', { errors: [{ pointer: '/password', message: 'is missing' }] })
  await checkNewPassword(deps, password, '/password', email)
  return deps.passwordHasher.inTurn({ lane: 'open', keys: [`address ${subnetKey(ip)}`] }, ({ hash }) => hash(password))
}
