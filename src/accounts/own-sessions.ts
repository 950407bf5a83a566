import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Database } from '../platform/db/client.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from '../platform/db/page.ts'
import { endSessions, type SessionOwner } from './end-sessions.ts'
import { liveSessions } from './session-life.ts'

/** A session as its owner sees it. */
export interface PublicSession {
  id: string
  createdAt: string
  /** Exact to a minute. */
  lastSeenAt: string
  /** The address that used it last; null if it is not known. */
  ip: string | null
  /** The program that signed in, as it named itself. */
  userAgent: string | null
  /** Whether this request was made with it. */
  current: boolean
}

/** The sessions of an account that still work, newest first. */
export async function listSessions(
  deps: { database: Database; clock: Clock },
  owner: SessionOwner,
  page: PageRequest
): Promise<Page<PublicSession>> {
  const rows = await deps.database.prisma.session.findMany({
    where: {
      AND: [{ accountId: owner.accountId }, liveSessions(deps.clock.now()), afterCursor('createdAt', page.cursor)]
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  return pageOf(rows, page.limit, 'createdAt', (row) => ({
    id: row.id,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    ip: row.ip,
    userAgent: row.userAgent,
    current: row.id === owner.sessionId
  }))
}

/** Ends one session of the account; this may be the session of the request. @throws Fault `not_found` */
export async function endOwnSession(
  deps: { database: Database; audit: Audit },
  { accountId }: SessionOwner,
  sessionId: string,
  actor: Actor
): Promise<void> {
  if (!isId('ses', sessionId)) throw new Fault('not_found', { why: 'no_such_session' })
  await deps.database.prisma.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id: sessionId, accountId } })
    if (count === 0) throw new Fault('not_found', { why: 'no_such_session' })
    await deps.audit.record(tx, { action: 'session.ended', actor, target: sessionId })
  })
}

/** Ends all sessions of the account except that of the request. */
export async function endOtherSessions(
  deps: { database: Database; audit: Audit },
  { accountId, sessionId }: SessionOwner,
  actor: Actor
): Promise<void> {
  await deps.database.prisma.$transaction((tx) =>
    endSessions(tx, deps, accountId, { except: sessionId, reason: 'signed out elsewhere', actor })
  )
}
