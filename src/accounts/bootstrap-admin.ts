import { customAlphabet } from 'nanoid'
import type { Database } from '../platform/db/client.ts'
import type { Logger } from '../platform/log/log.ts'
import { foldEmail } from '../lib/email.ts'
import { SYSTEM } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { BASE62 } from '../lib/ids.ts'
import { Secret } from '../lib/secret.ts'
import { createAccount, type CreateAccountDeps } from './create.ts'

/** The e-mail of the admin that an empty embedded database gets if the configuration names none. */
export const DEFAULT_ADMIN_EMAIL = 'admin@sluice.local'
/** 143 random bits. */
const PASSWORD_LENGTH = 24
const newPassword = customAlphabet(BASE62, PASSWORD_LENGTH)

export interface BootstrapDeps extends CreateAccountDeps {
  database: Database
  log: Pick<Logger, 'info' | 'warn'>
}

export interface BootstrapOptions {
  /** `ADMIN_EMAIL` and `ADMIN_PASSWORD`. */
  admin: { email: string; password: Secret } | undefined
  /** Whether the database is the embedded one. Only that one gets a generated admin. */
  embedded: boolean
}

export interface FirstAdmin {
  accountId: string
  email: string
  /** The generated password. It cannot be read later, so the caller must show it now. */
  generated?: Secret
}

/** The start cannot go on. The message says what the operator has to change. */
export class BootstrapError extends Error {
  override readonly name = 'BootstrapError'
}

/**
 * Ensures at every start that an admin exists. Creates the configured admin, or promotes the existing account with that
 * e-mail if the password fits it. It never changes the password of an existing account and never lifts a suspension. If
 * several processes start at once, one of them creates the account.
 * @returns the configured or the generated admin; undefined if there was nothing to do
 * @throws BootstrapError if the configured password breaks the password policy, or is not that of the existing account
 */
export async function bootstrapAdmin(
  deps: BootstrapDeps,
  { admin, embedded }: BootstrapOptions
): Promise<FirstAdmin | undefined> {
  if (admin)
    return (
      (await promote(deps, admin.email, admin.password)) ??
      (await create(deps, admin.email, admin.password)) ??
      (await promote(deps, admin.email, admin.password))
    )
  if (await deps.database.prisma.account.findFirst({ select: { id: true } })) return undefined
  if (!embedded) {
    deps.log.warn(
      'there is no account yet: the first account to sign up becomes an admin; ' +
        'if sign-up is closed, set ADMIN_EMAIL and ADMIN_PASSWORD'
    )
    return undefined
  }
  const generated = new Secret(newPassword())
  const created = await create(deps, DEFAULT_ADMIN_EMAIL, generated)
  return created && { ...created, generated }
}

/**
 * Makes the account with this e-mail an admin, if the password is that of the account: somebody else who signed up with
 * the operator's e-mail must not become an admin. Returns undefined if there is no such account.
 * @throws BootstrapError if the account has another password
 */
async function promote(deps: BootstrapDeps, email: string, password: Secret): Promise<FirstAdmin | undefined> {
  const account = await deps.database.prisma.account.findUnique({ where: { email: foldEmail(email) } })
  if (!account) return undefined
  const fits = await deps.passwordHasher.inTurn({ lane: 'trusted', keys: ['ADMIN_EMAIL'] }, ({ verify }) =>
    verify(account.passwordHash, password)
  )
  if (!fits)
    throw new BootstrapError(
      'ADMIN_EMAIL is the e-mail of an account whose password is not ADMIN_PASSWORD: ' +
        "set ADMIN_PASSWORD to the account's password, or leave both variables out."
    )
  if (account.suspendedAt)
    deps.log.warn(
      { accountId: account.id },
      'the account of ADMIN_EMAIL is suspended and stays suspended: only another admin can unsuspend it'
    )
  const promoted = await deps.changes.transaction(async (tx, announce) => {
    const { count } = await tx.account.updateMany({
      where: { id: account.id, role: { not: 'admin' } },
      data: { role: 'admin' }
    })
    if (count === 0) return false
    await deps.audit.record(tx, {
      action: 'account.role_changed',
      actor: SYSTEM,
      target: account.id,
      details: { from: account.role, to: 'admin', reason: 'ADMIN_EMAIL' }
    })
    announce('account', account.id)
    return true
  })
  if (promoted)
    deps.log.info(
      { accountId: account.id },
      'the existing account of ADMIN_EMAIL is now an admin; its password is unchanged'
    )
  return { accountId: account.id, email: account.email }
}

/** Returns undefined if another process created the account first. */
async function create(deps: BootstrapDeps, email: string, password: Secret): Promise<FirstAdmin | undefined> {
  try {
    const account = await createAccount(deps, { email, password, name: 'Admin' }, SYSTEM, { role: 'admin' })
    deps.log.info({ accountId: account.id }, 'created an admin account')
    return { accountId: account.id, email: account.email }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.code === 'conflict') return undefined
    throw new BootstrapError(`ADMIN_PASSWORD ${error.errors?.[0]?.message ?? error.message}`, { cause: error })
  }
}
