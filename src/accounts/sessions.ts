import type { Database } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import { type Clock, HOUR_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { tokenDigestBytes } from '../lib/opaque-token.ts'
import { newSignInMail } from '../mails/new-sign-in.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import type { Secret } from '../lib/secret.ts'
import { publicAccount, type PublicAccount } from './account.ts'
import { checkPassword, type PasswordCheckDeps } from './check-password.ts'
import { checkSecondFactor } from './second-factor.ts'
import { CONFIRMED_MS } from './confirmation.ts'
import type { EmailVerification } from './email-verification.ts'
import { EMAIL_NOT_VERIFIED, openSession } from './open-session.ts'
import { SEEN_EVERY_MS, SESSION_IDLE_MS } from './session-life.ts'
import type { TotpDeps } from './totp.ts'

const WRONG_PAIR = 'The e-mail or the password is wrong.'

export interface SessionDeps extends PasswordCheckDeps {
  database: Database
  clock: Clock
}

export interface SignIn {
  email: string
  password: Secret
  totp?: string | undefined
  /** The program that signs in, as it names itself. */
  userAgent?: string | undefined
}

export interface NewSession {
  token: Secret
  expiresAt: Date
  account: PublicAccount
}

/**
 * Signs in and opens a session of 7 days, which ends sooner if it is not used. It is not confirmed yet.
 *
 * A session exists until it expires or is deleted: on request, by a password change, by a suspension, by revocation
 * (RFC 7009) or by a leak report. The row is the state: {@link findSession} reads it at every use.
 * @param input `totp` is the code of the second factor, if the account has one
 * @throws Fault `invalid_token` for an unknown e-mail, a wrong password (the two look alike) or a wrong code;
 *   `rate_limited`; only after a correct password `account_suspended`, or `insufficient_scope` while the e-mail has to
 *   be proven (then a link is mailed, unless one is open)
 * @example
 * const { token, expiresAt } = await signIn(deps, { email: 'ada@example.com', password }, actor)
 */
export async function signIn(
  deps: SessionDeps & TotpDeps & { mailer: Mailer; publicUrl: string; emailVerification: EmailVerification },
  { email, password, totp, userAgent }: SignIn,
  actor: Actor
): Promise<NewSession> {
  const owner = await checkPassword(deps, email, password, { via: 'session', actor })
  if (!owner) throw new Fault('invalid_token', { why: 'wrong_email_or_password', detail: WRONG_PAIR })
  await checkSecondFactor(deps, owner.id, totp, { ...actor, kind: 'account', id: owner.id })
  const { account, createdAt, ...session } = await openSession(deps, owner.id, userAgent, actor, (found) => {
    // A sign-in can wait for long after the password check. A password that has been replaced meanwhile must not work.
    if (found.passwordHash !== owner.passwordHash)
      throw new Fault('invalid_token', { why: 'password_changed_meanwhile', detail: WRONG_PAIR })
  }).catch(async (error: unknown) => {
    if (error instanceof Fault && error.why === EMAIL_NOT_VERIFIED)
      await deps.emailVerification.sendUnlessOpen(owner.id)
    throw error
  })
  // The owner of a new account does not need to be told of its first sign-ins.
  if (!owner.known && createdAt.getTime() - account.createdAt.getTime() > HOUR_MS)
    deps.mailer.send(
      newSignInMail(account.email, {
        at: createdAt,
        ip: actor.ip ?? '',
        userAgent,
        url: `${deps.publicUrl}/console/account`
      })
    )
  return { ...session, account: publicAccount(account) }
}

export interface FoundSession {
  sessionId: string
  accountId: string
  /** Whether its password was confirmed in the last {@link CONFIRMED_MS}. */
  confirmed: boolean
}

const BY_DIGEST = `
  select id, account_id, confirmed_at > $3 as confirmed, last_seen_at <= $5 as seen_long_ago
    from session where digest = $1 and expires_at > $2 and last_seen_at > $4`

/**
 * Finds the session of a session token; undefined if it is unknown, expired or ended. Never cached, so that ending a
 * session takes effect everywhere at once. This use resets its idle time.
 */
export async function findSession(
  deps: Pick<SessionDeps, 'database' | 'clock'>,
  token: string,
  ip: string
): Promise<FoundSession | undefined> {
  const now = deps.clock.now()
  const before = (ms: number): Date => new Date(now - ms)
  const {
    rows: [row]
  } = await deps.database.pool.query<{
    id: string
    account_id: string
    confirmed: boolean | null
    seen_long_ago: boolean
  }>({
    name: 'session_by_digest',
    text: BY_DIGEST,
    values: [tokenDigestBytes(token), before(0), before(CONFIRMED_MS), before(SESSION_IDLE_MS), before(SEEN_EVERY_MS)]
  })
  if (!row) return undefined
  // The condition keeps simultaneous requests of a page from all writing the row.
  if (row.seen_long_ago)
    await deps.database.pool.query(
      'update session set last_seen_at = $2, ip = $3 where id = $1 and last_seen_at <= $4',
      [row.id, before(0), ip, before(SEEN_EVERY_MS)]
    )
  return { sessionId: row.id, accountId: row.account_id, confirmed: row.confirmed ?? false }
}
