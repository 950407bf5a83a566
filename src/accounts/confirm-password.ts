import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import { checkPassword } from './check-password.ts'
import type { SessionDeps } from './sessions.ts'

/** The account's own password, asked for again before what a stolen session must not do. @throws Fault `password_incorrect`, `rate_limited` */
export async function confirmPassword(
  deps: Omit<SessionDeps, 'clock'>,
  owner: { accountId: string; email: string },
  password: Secret,
  actor: Actor,
  during: string
): Promise<void> {
  const found = await checkPassword(deps, owner.email, password, actor.ip ?? '')
  if (found?.id === owner.accountId) return
  await deps.audit.record(deps.database.prisma, {
    action: 'password.refused',
    actor,
    target: owner.accountId,
    details: { during }
  })
  throw new Fault('password_incorrect', { why: `wrong password during ${during}` })
}
