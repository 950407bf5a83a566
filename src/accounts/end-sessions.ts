import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Database, Prisma } from '../platform/db/client.ts'

/** The account that asks, and its session if it signed in with one. */
export interface SessionOwner {
  accountId: string
  sessionId: string | undefined
}

/** Ends one session. Ending it again changes nothing. */
export async function endSession(
  deps: { database: Database; audit: Audit },
  sessionId: string,
  actor: Actor
): Promise<void> {
  await deps.database.prisma.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id: sessionId } })
    if (count > 0) await deps.audit.record(tx, { action: 'session.ended', actor, target: sessionId })
  })
}

/**
 * Ends all sessions of an account.
 * @param options `except` is the session that stays; `reason` goes to the audit log
 */
export async function endSessions(
  tx: Prisma.TransactionClient,
  { audit }: { audit: Audit },
  accountId: string,
  { except, reason, actor }: { except?: string | undefined; reason: string; actor: Actor }
): Promise<void> {
  const ended = await tx.$queryRaw<{ id: string }[]>`
    delete from session where account_id = ${accountId} and id <> ${except ?? ''} returning id`
  await audit.record(
    tx,
    ...ended.map(({ id }) => ({ action: 'session.ended' as const, actor, target: id, details: { reason } }))
  )
}
