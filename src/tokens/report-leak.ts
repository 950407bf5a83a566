import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { tokenDigest } from '../lib/opaque-token.ts'
import { findTokensInText, type FoundToken } from './secret-scanner.ts'
import { findIssued, type CredentialKind } from './introspect.ts'
import { revokeWhere } from './revoke.ts'

/** What the owner of a token finds as the reason of its end. */
export const LEAK_REASON = 'reported as leaked'

/** Of one report: each costs a signature to check. */
const INTEGRATION_TOKENS_MAX = 100

export interface LeakDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  credentialKinds: readonly CredentialKind[]
}

/**
 * Ends what of the reported texts is a token, a session or an integration token of ours: whoever has it could use it, so whoever has it may
 * end it. Others' texts, wrong checksums and what has ended already change nothing.
 * @returns how many were ended: for the log, not for the reporter
 */
export async function reportLeak(deps: LeakDeps, texts: readonly string[], actor: Actor): Promise<number> {
  const found = texts.flatMap(findTokensInText)
  const integrations = found.filter(({ kind }) => kind === 'integration').slice(0, INTEGRATION_TOKENS_MAX)
  return (
    (await endStored(
      deps,
      found.filter(({ kind }) => kind !== 'integration'),
      actor
    )) + (await endIntegrations(deps, integrations, actor))
  )
}

/** Tokens and sessions, which are known by their digest. */
async function endStored(deps: LeakDeps, found: readonly FoundToken[], actor: Actor): Promise<number> {
  if (found.length === 0) return 0
  const digests = [...new Set(found.map(({ text }) => tokenDigest(text)))].map((digest) =>
    Buffer.from(digest, 'base64')
  )
  return deps.changes.transaction(async (tx, announce) => {
    const tokens = await tx.token.findMany({
      where: { digest: { in: digests }, revokedAt: null },
      select: { id: true, accountId: true, start: true, name: true }
    })
    await deps.audit.record(
      tx,
      ...tokens.map(({ id, accountId, start, name }) => ({
        action: 'token.leaked' as const,
        actor,
        target: id,
        details: { accountId, start, name }
      }))
    )
    const revoked = await revokeWhere(
      tx,
      announce,
      deps,
      { id: { in: tokens.map(({ id }) => id) } },
      actor,
      LEAK_REASON
    )
    const sessions = await tx.session.findMany({
      where: { digest: { in: digests } },
      select: { id: true, accountId: true }
    })
    await tx.session.deleteMany({ where: { id: { in: sessions.map(({ id }) => id) } } })
    await deps.audit.record(
      tx,
      ...sessions.map(({ id, accountId }) => ({
        action: 'session.ended' as const,
        actor,
        target: id,
        details: { accountId, reason: LEAK_REASON }
      }))
    )
    return revoked + sessions.length
  })
}

/** Integration tokens, of which nothing is stored: their signature says that they are ours. */
async function endIntegrations(
  { credentialKinds }: LeakDeps,
  found: readonly FoundToken[],
  actor: Actor
): Promise<number> {
  let ended = 0
  for (const { text } of found) {
    const credential = await findIssued(credentialKinds, text)
    if (!credential?.active) continue
    await credential.revoke(actor, LEAK_REASON)
    ended++
  }
  return ended
}
