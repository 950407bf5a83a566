import type { Database } from '../platform/db/client.ts'
import type { Secret } from '../lib/secret.ts'
import type { Passwords } from './password-hasher.ts'
import type { Throttle } from './password-throttle.ts'

export interface PasswordCheckDeps {
  database: Database
  passwords: Passwords
  throttle: Throttle
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
  await deps.throttle.check(address, ip)
  const account = await deps.database.prisma.account.findUnique({
    where: { email: address },
    select: { id: true, passwordHash: true }
  })
  const fits = await deps.passwords.verify(account?.passwordHash, password)
  if (!fits || !account) {
    await deps.throttle.failed(address, ip)
    return undefined
  }
  await deps.throttle.succeeded(address, ip)
  return account
}
