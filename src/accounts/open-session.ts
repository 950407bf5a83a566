import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { newOpaque, tokenDigestBytes } from '../lib/opaque-token.ts'
import { Secret } from '../lib/secret.ts'
import type { Account, Database } from '../platform/db/client.ts'
import { liveSessions, SESSION_MS } from './session-life.ts'

/** The reason why an account that signed up under a domain policy cannot sign in yet. */
export const EMAIL_NOT_VERIFIED = 'email_not_verified'
/** How many characters of the `User-Agent` are stored. */
const USER_AGENT_MAX = 300

export interface OpenedSession {
  token: Secret
  createdAt: Date
  expiresAt: Date
  account: Account
}

/**
 * Creates a session of {@link SESSION_MS} for an account that is authenticated. It is not confirmed yet.
 * @param mayEnter checks the account as it is in the transaction, and throws if it may not sign in any more
 * @throws Fault `account_suspended`; `insufficient_scope` ({@link EMAIL_NOT_VERIFIED}) before the e-mail is proven, if
 *   it has to be; and what `mayEnter` throws
 */
export async function openSession(
  { database, clock, audit }: { database: Database; clock: Clock; audit: Audit },
  accountId: string,
  userAgent: string | undefined,
  actor: Actor,
  mayEnter: (account: Account) => void
): Promise<OpenedSession> {
  const token = newOpaque('sls_')
  const createdAt = new Date(clock.now())
  const expiresAt = new Date(createdAt.getTime() + SESSION_MS)
  const account = await database.prisma.$transaction(async (tx) => {
    // Locked for share: a concurrent suspension or password change must either prevent this session or end it.
    await tx.$queryRaw`select 1 from account where id = ${accountId} for share`
    const account = await tx.account.findUniqueOrThrow({ where: { id: accountId } })
    mayEnter(account)
    if (account.suspendedAt) throw new Fault('account_suspended', { why: 'suspended' })
    if (account.emailProofNeeded)
      throw new Fault('insufficient_scope', {
        why: EMAIL_NOT_VERIFIED,
        detail: 'First open the link that was mailed to this e-mail, or choose another password by mail.'
      })
    const id = newId('ses')
    await tx.session.create({
      data: {
        id,
        accountId,
        digest: tokenDigestBytes(token),
        createdAt,
        expiresAt,
        lastSeenAt: createdAt,
        ip: actor.ip ?? null,
        userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null
      }
    })
    await tx.session.deleteMany({ where: { accountId, NOT: liveSessions(createdAt.getTime()) } })
    await audit.record(tx, {
      action: 'session.created',
      actor: { ...actor, kind: 'account', id: accountId },
      target: id
    })
    return account
  })
  return { token: new Secret(token), createdAt, expiresAt, account }
}
