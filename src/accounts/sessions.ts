import type { Audit } from '../audit.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { tokenDigestBytes, newOpaque } from '../lib/opaque-token.ts'
import { Secret } from '../lib/secret.ts'
import { publicAccount, type PublicAccount } from './account.ts'
import { checkPassword, type PasswordCheckDeps } from './check-password.ts'
import { checkSecondFactor } from './second-factor.ts'
import type { TotpDeps } from './totp.ts'

export const SESSION_SECONDS = 7 * 24 * 60 * 60
const WRONG_PAIR = 'The e-mail or the password is wrong.'

export interface SessionDeps extends PasswordCheckDeps {
  database: Database
  clock: Clock
  audit: Audit
}

export interface NewSession {
  token: Secret
  expiresAt: Date
  account: PublicAccount
}

/**
 * @param code of the second factor, where the account has one
 * @throws Fault `invalid_token` for an unknown e-mail and for a wrong password alike, and for a wrong code; `account_suspended` only after a right password; `rate_limited`
 */
export async function signIn(
  deps: SessionDeps & TotpDeps,
  email: string,
  password: Secret,
  code: string | undefined,
  actor: Actor
): Promise<NewSession> {
  const owner = await checkPassword(deps, email, password, actor.ip ?? '')
  if (!owner) {
    await deps.audit.record(deps.database.prisma, { action: 'password.refused', actor, details: { during: 'sign-in' } })
    throw new Fault('invalid_token', { why: 'wrong_email_or_password', detail: WRONG_PAIR })
  }
  await checkSecondFactor(deps, owner.id, code, { ...actor, kind: 'account', id: owner.id })
  const token = newOpaque('sls_')
  const createdAt = new Date(deps.clock.now())
  const expiresAt = new Date(deps.clock.now() + SESSION_SECONDS * 1000)
  return deps.database.prisma.$transaction(async (tx) => {
    // Share-locked: a suspension or a new password that comes at the same moment must either refuse this session or end it.
    await tx.$queryRaw`select 1 from account where id = ${owner.id} for share`
    const account = await tx.account.findUniqueOrThrow({ where: { id: owner.id } })
    // A sign-in can wait long between its password and this; whoever knew only the old one must not come in after the change.
    if (account.passwordHash !== owner.passwordHash)
      throw new Fault('invalid_token', { why: 'password_changed_meanwhile', detail: WRONG_PAIR })
    if (account.suspendedAt) throw new Fault('account_suspended', { why: 'suspended' })
    const id = newId('ses')
    await tx.session.create({
      data: { id, accountId: account.id, digest: tokenDigestBytes(token), createdAt, expiresAt }
    })
    await tx.session.deleteMany({ where: { accountId: account.id, expiresAt: { lt: createdAt } } })
    await deps.audit.record(tx, {
      action: 'session.created',
      actor: { ...actor, kind: 'account', id: account.id },
      target: id
    })
    return { token: new Secret(token), expiresAt, account: publicAccount(account) }
  })
}

const BY_DIGEST = 'select id, account_id from session where digest = $1 and expires_at > $2'

/** The live session of a token; undefined for an unknown or ended one. Never cached: ending a session ends it everywhere at once. */
export async function findSession(
  deps: Pick<SessionDeps, 'database' | 'clock'>,
  token: string
): Promise<{ sessionId: string; accountId: string } | undefined> {
  const {
    rows: [row]
  } = await deps.database.pool.query<{ id: string; account_id: string }>({
    name: 'session_by_digest',
    text: BY_DIGEST,
    values: [tokenDigestBytes(token), new Date(deps.clock.now())]
  })
  return row && { sessionId: row.id, accountId: row.account_id }
}

export async function endSession(
  deps: Pick<SessionDeps, 'database' | 'audit'>,
  sessionId: string,
  actor: Actor
): Promise<void> {
  await deps.database.prisma.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id: sessionId } })
    if (count > 0) await deps.audit.record(tx, { action: 'session.ended', actor, target: sessionId })
  })
}

/** Ends the sessions of an account, all or all but one. */
export async function endSessions(tx: Prisma.TransactionClient, accountId: string, exceptId?: string): Promise<void> {
  await tx.session.deleteMany({ where: { accountId, ...(exceptId ? { id: { not: exceptId } } : {}) } })
}
