import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import { confirmPassword } from './confirmation.ts'
import { confirmSecondFactor } from './second-factor.ts'
import type { SessionDeps } from './sessions.ts'
import type { TotpDeps } from './totp.ts'

/**
 * Confirms a session: for {@link CONFIRMED_MS} it may then make calls that create or widen trust without the password.
 * An account with a second factor has to send its code too. A caller without a session (Basic) only has both checked.
 * @throws Fault `password_incorrect`; `validation_failed` for a missing or wrong code; `rate_limited`; `invalid_token`
 *   if the session ended meanwhile
 */
export async function confirmSession(
  deps: SessionDeps & TotpDeps,
  owner: { accountId: string; email: string; sessionId: string | undefined },
  { password, totp }: { password: Secret; totp?: string | undefined },
  actor: Actor
): Promise<void> {
  await confirmPassword(deps, owner, password, actor, 'session confirmation')
  await confirmSecondFactor(deps, owner.accountId, totp, actor)
  if (owner.sessionId === undefined) return
  const { count } = await deps.database.prisma.session.updateMany({
    where: { id: owner.sessionId },
    data: { confirmedAt: new Date(deps.clock.now()) }
  })
  if (count === 0) throw new Fault('invalid_token', { why: 'session_ended_meanwhile' })
}
