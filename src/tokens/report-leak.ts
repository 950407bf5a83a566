import type { Audit } from '../audit/record.ts'
import type { Changes } from '../db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { digestOf } from '../lib/opaque.ts'
import { findTokens } from './find-in-text.ts'
import { revokeWhere } from './revoke.ts'

/** What the owner of a token finds as the reason of its end. */
export const LEAK_REASON = 'reported as leaked'

/**
 * Ends what of the reported texts is a token or a session of ours: whoever has it could use it, so whoever has it may end it. Others'
 * texts, wrong checksums and what has ended already change nothing.
 * @returns how many were ended: for the log, not for the reporter
 */
export async function reportLeak(deps: { changes: Changes, clock: Clock, audit: Audit }, texts: readonly string[], actor: Actor): Promise<number> {
  const found = texts.flatMap(findTokens)
  if (found.length === 0) return 0
  const digests = [...new Set(found.map(({ text }) => digestOf(text)))].map((digest) => Buffer.from(digest, 'base64'))
  return deps.changes.transaction(async (tx, announce) => {
    const tokens = await tx.token.findMany({ where: { digest: { in: digests }, revokedAt: null }, select: { id: true, accountId: true, start: true, name: true } })
    await deps.audit.record(tx, ...tokens.map(({ id, accountId, start, name }) => ({ action: 'token.leaked' as const, actor, target: id, details: { accountId, start, name } })))
    const revoked = await revokeWhere(tx, announce, deps, { id: { in: tokens.map(({ id }) => id) } }, actor, LEAK_REASON)
    const sessions = await tx.session.findMany({ where: { digest: { in: digests } }, select: { id: true, accountId: true } })
    await tx.session.deleteMany({ where: { id: { in: sessions.map(({ id }) => id) } } })
    await deps.audit.record(tx, ...sessions.map(({ id, accountId }) => ({ action: 'session.ended' as const, actor, target: id, details: { accountId, reason: LEAK_REASON } })))
    return revoked + sessions.length
  })
}
