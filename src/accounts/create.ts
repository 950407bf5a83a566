import { ADVISORY_LOCKS } from '../lib/advisory-locks.ts'
import type { Audit } from '../audit.ts'
import type { Announce, Changes } from '../platform/db/changes.ts'
import { isUniqueViolation, type Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { subnetKey } from '../lib/ip-address.ts'
import type { Secret } from '../lib/secret.ts'
import { storedHref } from '../lib/stored-url.ts'
import { publicAccount, type AccountRole, type PublicAccount } from './account.ts'
import type { BreachedPasswords } from './breached-passwords.ts'
import { newEmail } from './new-email.ts'
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
  changes: Changes
  clock: Clock
  audit: Audit
  passwordHasher: PasswordHasher
  breachedPasswords: BreachedPasswords
  signUpThrottle: SignUpThrottle
  /** Creates the account's first workspace in the same transaction. */
  createFirstWorkspace(tx: Prisma.TransactionClient, accountId: string, actor: Actor): Promise<unknown>
}

/**
 * Creates an account and its first workspace. The first account of an empty database becomes an admin, whatever `role`
 * says. Sign-ups, that is, calls by an anonymous actor, are limited by address and in total.
 * @param also runs in the same transaction
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
  { role = 'user', awaits = 'nothing' }: Partial<Pick<AccountRow, 'role' | 'awaits'>> = {},
  also: InsertAlso<PublicAccount> = async (_tx, account) => account
): Promise<PublicAccount> {
  const email = newEmail(input.email)
  await checkNewPassword(deps, input.password, '/password', email)
  const passwordHash = await hashNewPassword(deps, input.password, actor)
  return insertAccount(deps, { ...input, email, role, passwordHash, awaits }, actor, also)
}

export interface AccountRow {
  /** Folded. */
  email: string
  name: string
  phoneNumber?: string | undefined
  pictureUrl?: string | undefined
  role: AccountRole
  passwordHash: string
  /**
   * What has to happen before anybody can sign in: the invited person chooses a password, or the owner proves the
   * e-mail.
   */
  awaits: 'nothing' | 'password' | 'proof of the e-mail'
}

/** Further work in the transaction that inserts an account. */
export type InsertAlso<T> = (tx: Prisma.TransactionClient, account: PublicAccount, announce: Announce) => Promise<T>

/**
 * Inserts an account with its first workspace. The first account of an empty database becomes an admin.
 * @param also runs in the transaction; its result is returned
 * @throws Fault `conflict` if the e-mail is taken
 */
export async function insertAccount<T>(
  deps: Pick<CreateAccountDeps, 'changes' | 'clock' | 'audit' | 'createFirstWorkspace'>,
  row: AccountRow,
  actor: Actor,
  also: InsertAlso<T>
): Promise<T> {
  const id = newId('acc')
  const createdAt = new Date(deps.clock.now())
  try {
    return await deps.changes.transaction(async (tx, announce) => {
      // Only one account at a time can find the table empty.
      await tx.$executeRaw`select pg_advisory_xact_lock(${ADVISORY_LOCKS.firstAccount}::bigint)`
      const isFirst = (await tx.account.findFirst({ select: { id: true } })) === null
      const account = await tx.account.create({
        data: {
          id,
          email: row.email,
          name: row.name,
          phoneNumber: row.phoneNumber ?? null,
          pictureUrl: storedHref(row.pictureUrl),
          role: isFirst ? 'admin' : row.role,
          passwordHash: row.passwordHash,
          invitedAt: row.awaits === 'password' ? createdAt : null,
          emailProofNeeded: row.awaits === 'proof of the e-mail',
          createdAt
        }
      })
      const self: Actor = actor.kind === 'anonymous' ? { ...actor, kind: 'account', id } : actor
      await deps.createFirstWorkspace(tx, id, self)
      await deps.audit.record(tx, {
        action: 'account.created',
        actor: self,
        target: id,
        details: { role: account.role, invited: row.awaits === 'password' }
      })
      return also(tx, publicAccount(account), announce)
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
