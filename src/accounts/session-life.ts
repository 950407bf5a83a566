import { DAY_MS, MINUTE_MS } from '../lib/clock.ts'
import type { Prisma, Session } from '../platform/db/client.ts'

/** How long a session works at most, used or not. */
export const SESSION_MS = 7 * DAY_MS
/** How long an unused session works. */
export const SESSION_IDLE_MS = DAY_MS
/** How precisely the last use is known: a use is recorded at most once in this time. */
export const SEEN_EVERY_MS = MINUTE_MS

/** Whether a session still works. */
export function isLive(session: Pick<Session, 'expiresAt' | 'lastSeenAt'>, now: number): boolean {
  return session.expiresAt.getTime() > now && session.lastSeenAt.getTime() > now - SESSION_IDLE_MS
}

/** The sessions for which {@link isLive} is true. */
export function liveSessions(now: number): Prisma.SessionWhereInput {
  return { expiresAt: { gt: new Date(now) }, lastSeenAt: { gt: new Date(now - SESSION_IDLE_MS) } }
}
