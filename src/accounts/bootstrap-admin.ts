import { customAlphabet } from 'nanoid'
import type { Changes } from '../platform/db/changes.ts'
import type { Logger } from '../platform/log/log.ts'
import { SYSTEM } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { BASE62 } from '../lib/ids.ts'
import { Secret } from '../lib/secret.ts'
import { createAccount, type CreateAccountDeps } from './create.ts'

/** The admin of an empty embedded database, where the configuration names none. */
export const DEFAULT_ADMIN_EMAIL = 'admin@sluice.local'
/** 143 random bits. */
const PASSWORD_LENGTH = 24
const newPassword = customAlphabet(BASE62, PASSWORD_LENGTH)

export interface BootstrapDeps extends CreateAccountDeps {
  changes: Changes
  log: Pick<Logger, 'info' | 'warn'>
}

export interface BootstrapOptions {
  /** `ADMIN_EMAIL` and `ADMIN_PASSWORD`. */
  admin: { email: string; password: Secret } | undefined
  /** Whether the database is the embedded one, which may get an admin by itself. */
  embedded: boolean
}

export interface FirstAdmin {
  accountId: string
  email: string
  /** A password that was made now. Nobody can read it later: the caller shows it, once. */
  generated?: Secret
}

/**
 * Sees to it that there is an admin, at every start. The configured one is made where it is absent and promoted where it is no admin; the
 * password of an account that exists is never changed, and a suspension stays. Of several processes that start at once, one makes it.
 * @returns the configured admin, or the one just made; undefined where there was nothing to do
 * @throws Error that says what is wrong with `ADMIN_PASSWORD`
 */
export async function bootstrapAdmin(
  deps: BootstrapDeps,
  { admin, embedded }: BootstrapOptions
): Promise<FirstAdmin | undefined> {
  if (admin)
    return (
      (await promote(deps, admin.email)) ??
      (await make(deps, admin.email, admin.password)) ??
      (await promote(deps, admin.email))
    )
  if (await deps.database.prisma.account.findFirst({ select: { id: true } })) return undefined
  if (!embedded) {
    deps.log.warn(
      'there is no account yet: the first one to sign up becomes an admin; where sign-up is closed, set ADMIN_EMAIL and ADMIN_PASSWORD'
    )
    return undefined
  }
  const generated = new Secret(newPassword())
  const made = await make(deps, DEFAULT_ADMIN_EMAIL, generated)
  return made && { ...made, generated }
}

/** The account of this e-mail, an admin from now on; undefined where there is none. */
async function promote(deps: BootstrapDeps, email: string): Promise<FirstAdmin | undefined> {
  const account = await deps.database.prisma.account.findUnique({ where: { email: email.toLowerCase() } })
  if (!account) return undefined
  if (account.suspendedAt)
    deps.log.warn(
      { accountId: account.id },
      'the account of ADMIN_EMAIL is suspended, and stays so: another admin can change that'
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
      'the account of ADMIN_EMAIL existed and is an admin now; its password is the one it had'
    )
  return { accountId: account.id, email: account.email }
}

/** Undefined where another process was faster. */
async function make(deps: BootstrapDeps, email: string, password: Secret): Promise<FirstAdmin | undefined> {
  try {
    const account = await createAccount(deps, { email, password, name: 'Admin' }, SYSTEM, 'admin')
    deps.log.info({ accountId: account.id }, 'an admin account was made')
    return { accountId: account.id, email: account.email }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.code === 'conflict') return undefined
    throw new Error(`ADMIN_PASSWORD ${error.errors?.[0]?.message ?? error.message}`, { cause: error })
  }
}
