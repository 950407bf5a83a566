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
 * Signs in and creates a session of {@link SESSION_SECONDS}.
 *
 * A session exists from here until it expires or is deleted: by {@link endSession}, by a password change, by a
 * suspension, by revocation as text or by a leak report. The row is the state: {@link findSession} reads it at every
 * use.
 * @param code the code of the second factor, if the account has one
 * @throws Fault `invalid_token` for an unknown e-mail, a wrong password (the two look alike) or a wrong code;
 *   `account_suspended`, only after a correct password; `rate_limited`
 * @example
 * const { token, expiresAt } = await signIn(deps, 'ada@example.com', new Secret(password), undefined, actor)
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
    // Locked for share: a concurrent suspension or password change must either prevent this session or end it.
    await tx.$queryRaw`select 1 from account where id = ${owner.id} for share`
    const account = await tx.account.findUniqueOrThrow({ where: { id: owner.id } })
    // A sign-in can wait for long after the password check. A password that has been replaced meanwhile must not work.
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

/**
 * Finds the session of a session token; undefined if it is unknown, expired or ended. Never cached, so that ending a
 * session takes effect everywhere at once.
 */
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

/** Ends one session. Ending it again changes nothing. */
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

/** Ends all sessions of an account, except the one with `exceptId`. */
export async function endSessions(tx: Prisma.TransactionClient, accountId: string, exceptId?: string): Promise<void> {
  await tx.session.deleteMany({ where: { accountId, ...(exceptId ? { id: { not: exceptId } } : {}) } })
}
