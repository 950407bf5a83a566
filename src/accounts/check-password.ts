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

/** The account of a right e-mail and password, or undefined: for an unknown e-mail too, after the same work. @throws Fault `rate_limited` */
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
  const fits = await deps.passwordHasher.verify(account?.passwordHash, password)
  if (!fits || !account) {
    await deps.passwordThrottle.failed(address, ip)
    return undefined
  }
  await deps.passwordThrottle.succeeded(address, ip)
  return account
}

declare const confirmed: unique symbol

/** Proof that the caller has just given the password of this account. Only {@link confirmPassword} makes one. */
export interface ConfirmedOwner {
  readonly accountId: string
  readonly email: string
  /** Exists in types only. */
  readonly [confirmed]: true
}

/**
 * Checks the account's own password again before an operation that a stolen session must not allow.
 * @param during the operation, for the audit log
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
