import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { tokenDigest } from '../lib/opaque-token.ts'
import { findTokensInText, type FoundToken } from './secret-scanner.ts'
import { findIssued, type CredentialKind } from './introspect.ts'
import { revokeWhere } from './revoke.ts'
import { mailTokenOwners, type MailOwnersDeps } from './mail-owners.ts'

/** The revoke reason that the owner of a leaked token sees. */
export const LEAK_REASON = 'reported as leaked'

/** The most integration tokens per report, because each costs a signature check. */
const INTEGRATION_TOKENS_MAX = 100

export interface LeakDeps extends MailOwnersDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  credentialKinds: readonly CredentialKind[]
}

/**
 * Revokes every token, session and integration token in the reported texts. Anybody who has a credential could use it,
 * so they may revoke it too. Other texts, wrong checksums and credentials that have ended are ignored.
 * @returns how many credentials were revoked, for the log only; the reporter must not learn it
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

/** Ends tokens and sessions, which are stored by their digest. */
async function endStored(deps: LeakDeps, found: readonly FoundToken[], actor: Actor): Promise<number> {
  if (found.length === 0) return 0
  const digests = [...new Set(found.map(({ text }) => tokenDigest(text)))].map((digest) =>
    Buffer.from(digest, 'base64')
  )
  const { ended, tokens } = await deps.changes.transaction(async (tx, announce) => {
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
    return { ended: revoked + sessions.length, tokens }
  })
  await mailTokenOwners(deps, tokens, LEAK_REASON, actor)
  return ended
}

/** Ends integration tokens, which are not stored. Their signature proves that Sluice issued them. */
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
