import type { Audit } from '../audit.ts'
import type { Announce, Changes } from '../platform/db/changes.ts'
import type { Prisma, Token } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { type ManagementBounds, requireWithin } from './management-bounds.ts'
import { emitRevoked } from './token-alerts.ts'

export interface RevokeDeps {
  changes: Changes
  clock: Clock
  audit: Audit
}

/**
 * Revokes a token of the account. Revoking it again succeeds and changes nothing.
 * @param bounds those of the management token that revokes it in place of a person
 * @throws Fault `not_found` if the token does not exist or belongs to another account
 */
export async function revokeToken(
  deps: RevokeDeps,
  accountId: string,
  tokenId: string,
  actor: Actor,
  bounds?: ManagementBounds
): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    const token = isId('tok', tokenId) ? await tx.token.findFirst({ where: { id: tokenId, accountId } }) : null
    if (!token) throw new Fault('not_found')
    await requireWithin(tx, bounds, token)
    await revokeWhere(tx, announce, deps, { id: tokenId, accountId }, actor)
  })
}

/** Revokes every matching token that is live or expired. @returns how many tokens it revoked */
export async function revokeWhere(
  tx: Prisma.TransactionClient,
  announce: Announce,
  deps: Pick<RevokeDeps, 'audit' | 'clock'>,
  where: Prisma.TokenWhereInput,
  actor: Actor,
  reason?: string
): Promise<number> {
  const revoked = await tx.token.updateManyAndReturn({
    where: { AND: [where, { revokedAt: null }] },
    data: { revokedAt: new Date(deps.clock.now()), revokedBy: actor.id ?? null, revokeReason: reason ?? null },
    select: { id: true, digest: true, name: true }
  })
  for (const token of revoked) announce('token', cacheKeyOf(token))
  await deps.audit.record(
    tx,
    ...revoked.map((token) => ({
      action: 'token.revoked' as const,
      actor,
      target: token.id,
      details: { name: token.name, ...(reason ? { reason } : {}) }
    }))
  )
  await emitRevoked(
    tx,
    revoked.map(({ id }) => id),
    reason,
    deps.clock.now()
  )
  return revoked.length
}

/** The key under which every process caches a token: its digest in the form of `tokenDigest` (lib/opaque-token.ts). */
export function cacheKeyOf(token: Pick<Token, 'digest'>): string {
  return Buffer.from(token.digest).toString('base64')
}
