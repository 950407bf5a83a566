import type { Actor } from '../lib/actor.ts'
import type { Secret } from '../lib/secret.ts'
import type { BreachedPasswords } from './breached-passwords.ts'
import { confirmPassword } from './confirmation.ts'
import { checkNewPassword } from './password-policy.ts'
import { endSessions } from './end-sessions.ts'
import type { SessionDeps } from './sessions.ts'

/**
 * Changes the password and ends every other session of the account.
 * @throws Fault `password_incorrect`, `validation_failed`, `rate_limited`
 */
export async function changePassword(
  deps: SessionDeps & { breachedPasswords: BreachedPasswords },
  owner: { accountId: string; email: string; sessionId?: string | undefined },
  passwords: { current: Secret; next: Secret },
  actor: Actor
): Promise<void> {
  await checkNewPassword(deps, passwords.next, '/newPassword', owner.email)
  await confirmPassword(deps, owner, passwords.current, actor, 'password change')
  const passwordHash = await deps.passwordHasher.inTurn(
    { lane: 'trusted', keys: [`account ${owner.email}`] },
    ({ hash }) => hash(passwords.next)
  )
  await deps.changes.transaction(async (tx, announce) => {
    await tx.account.update({ where: { id: owner.accountId }, data: { passwordHash } })
    await endSessions(tx, deps, owner.accountId, { except: owner.sessionId, reason: 'password changed', actor })
    await deps.audit.record(tx, { action: 'password.changed', actor, target: owner.accountId })
    announce('account', owner.accountId)
  })
}
