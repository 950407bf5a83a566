import { ADVISORY_LOCKS } from '../lib/advisory-locks.ts'
import type { Audit } from '../audit.ts'
import { isUniqueViolation, type Database, type Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { subnetKey } from '../lib/ip-address.ts'
import type { Secret } from '../lib/secret.ts'
import { storedHref } from '../lib/stored-url.ts'
import { publicAccount, type AccountRole, type PublicAccount } from './account.ts'
import { checkNewPassword } from './password-policy.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { SignUpThrottle } from './sign-up-throttle.ts'

export interface NewAccount {
  email: string
  password: Secret
  name: string
  phoneNumber?: string | undefined
  pictureUrl?: string | undefined
}

export interface CreateAccountDeps {
  database: Database
  clock: Clock
  audit: Audit
  passwordHasher: PasswordHasher
  signUpThrottle: SignUpThrottle
  /** Creates the account's first workspace in the same transaction. */
  createFirstWorkspace(tx: Prisma.TransactionClient, accountId: string, actor: Actor): Promise<unknown>
}

/**
 * Creates an account and its first workspace. The first account of an empty database becomes an admin, whatever `role`
 * says. Sign-ups, which are those of nobody that is known, are limited by address and in all.
 * @throws Fault `conflict` if the e-mail is taken, `validation_failed` if the password breaks the password policy,
 *   `rate_limited`
 * @example
 * const account = await createAccount(
 *   deps,
 *   { email: 'ada@example.com', password: new Secret('correct horse battery'), name: 'Ada' },
 *   { kind: 'anonymous', ip: '203.0.113.7' }
 * )
 */
export async function createAccount(
  deps: CreateAccountDeps,
  input: NewAccount,
  actor: Actor,
  role: AccountRole = 'user'
): Promise<PublicAccount> {
  checkNewPassword(input.password, '/password')
  const passwordHash = await hashNewPassword(deps, input.password, actor)
  const id = newId('acc')
  try {
    return await deps.database.prisma.$transaction(async (tx) => {
      // Only one account at a time can find the table empty.
      await tx.$executeRaw`select pg_advisory_xact_lock(${ADVISORY_LOCKS.firstAccount}::bigint)`
      const isFirst = (await tx.account.findFirst({ select: { id: true } })) === null
      const account = await tx.account.create({
        data: {
          id,
          email: input.email.toLowerCase(),
          name: input.name,
          phoneNumber: input.phoneNumber ?? null,
          pictureUrl: storedHref(input.pictureUrl),
          role: isFirst ? 'admin' : role,
          passwordHash,
          createdAt: new Date(deps.clock.now())
        }
      })
      const self: Actor = actor.kind === 'anonymous' ? { ...actor, kind: 'account', id } : actor
      await deps.createFirstWorkspace(tx, id, self)
      await deps.audit.record(tx, {
        action: 'account.created',
        actor: self,
        target: id,
        details: { role: account.role }
      })
      return publicAccount(account)
    })
  } catch (error) {
    if (isUniqueViolation(error)) throw new Fault('conflict', { detail: 'An account with this e-mail already exists.' })
    throw error
  }
}

function hashNewPassword(
  deps: Pick<CreateAccountDeps, 'passwordHasher' | 'signUpThrottle'>,
  password: Secret,
  { kind, ip = '' }: Actor
): Promise<string> {
  if (kind !== 'anonymous')
    return deps.passwordHasher.inTurn({ lane: 'trusted', keys: [`new account by ${kind}`] }, ({ hash }) =>
      hash(password)
    )
  return deps.passwordHasher.inTurn({ lane: 'open', keys: [`address ${subnetKey(ip)}`] }, async ({ hash }) => {
    await deps.signUpThrottle.take(ip)
    return hash(password)
  })
}
