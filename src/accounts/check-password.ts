import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import type { Database } from '../platform/db/client.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { PasswordThrottle } from './password-throttle.ts'

export interface PasswordCheckDeps {
  database: Database
  passwordHasher: PasswordHasher
  passwordThrottle: PasswordThrottle
}

export interface PasswordOwner {
  id: string
  passwordHash: string
}

/**
 * Returns the account if e-mail and password match, otherwise undefined. An unknown e-mail costs the same work as a
 * known one, so response times do not reveal which accounts exist.
 * @throws Fault `rate_limited`
 */
export async function checkPassword(
  deps: PasswordCheckDeps,
  email: string,
  password: Secret,
  ip: string
): Promise<PasswordOwner | undefined> {
  const address = email.toLowerCase()
  await deps.passwordThrottle.check(address, ip)
  const account = await deps.database.prisma.account.findUnique({
    where: { email: address },
    select: { id: true, passwordHash: true }
  })
  const matches = await deps.passwordHasher.verify(account?.passwordHash, password)
  if (!matches || !account) {
    await deps.passwordThrottle.failed(address, ip)
    return undefined
  }
  await deps.passwordThrottle.succeeded(address, ip)
  return account
}

declare const confirmed: unique symbol

/** Proof that the caller has just confirmed the password of this account. Only {@link confirmPassword} creates it. */
export interface ConfirmedOwner {
  readonly accountId: string
  readonly email: string
  /** Exists in types only. */
  readonly [confirmed]: true
}

/**
 * Asks for the account's password again before an operation that a stolen session must not perform.
 * @param during the operation, for the audit log, such as `password change`
 * @throws Fault `password_incorrect`, `rate_limited`
 */
export async function confirmPassword(
  deps: PasswordCheckDeps & { audit: Audit },
  owner: { accountId: string; email: string },
  password: Secret,
  actor: Actor,
  during: string
): Promise<ConfirmedOwner> {
  const found = await checkPassword(deps, owner.email, password, actor.ip ?? '')
  if (found?.id === owner.accountId) return { accountId: owner.accountId, email: owner.email } as ConfirmedOwner
  await deps.audit.record(deps.database.prisma, {
    action: 'password.refused',
    actor,
    target: owner.accountId,
    details: { during }
  })
  throw new Fault('password_incorrect', { why: `wrong password during ${during}` })
}
