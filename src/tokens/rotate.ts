import type { ConfirmedOwner } from '../accounts/confirmation.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { insertToken, lockAccount, refuseTooManyTokens, type IssueDeps, type IssuedToken } from './issue.ts'
import { requirePolicy } from './check-policy.ts'
import { endWithin, type ManagementBounds, refuseManagement, requireWithin } from './management-bounds.ts'
import { readToken } from './read.ts'
import { cacheKeyOf } from './revoke.ts'
import { publicToken } from './token.ts'

/** The longest overlap: a year. */
export const OVERLAP_MAX_SECONDS = 365 * 24 * 60 * 60

/**
 * Replaces a token by a new one with the same name, format, scope, limits, settings and expiry. Both work until the
 * overlap ends; neither outlives the old token's expiry. The account has just confirmed its password.
 * @param bounds those of the management token that rotates it in place of a person
 * @throws Fault `not_found`; `insufficient_scope` if a management token would rotate another one; `validation_failed`
 *   beyond a policy; `conflict` if the token has ended or has already been rotated, or the account has too many tokens
 */
export async function rotateToken(
  deps: IssueDeps,
  { accountId }: ConfirmedOwner,
  tokenId: string,
  overlapSeconds: number,
  actor: Actor,
  bounds?: ManagementBounds
): Promise<IssuedToken> {
  return deps.changes.transaction(async (tx, announce) => {
    await lockAccount(tx, accountId)
    const old = await readToken(tx, accountId, tokenId)
    await requireWithin(tx, bounds, old)
    refuseManagement(bounds, old.permissions)
    const now = deps.clock.now()
    if (old.revokedAt || (old.expiresAt && old.expiresAt.getTime() <= now))
      throw new Fault('conflict', { why: 'ended', detail: 'The token has ended; create a new one.' })
    if (old.replacedById)
      throw new Fault('conflict', {
        why: 'rotated_already',
        detail: 'The token has already been rotated; rotate the token that replaced it.'
      })

    // Without an overlap the old token ends now, so the number of live tokens does not grow.
    if (overlapSeconds > 0) await refuseTooManyTokens(tx, accountId, new Date(now))
    const expiresAt = endWithin(bounds, old.expiresAt)
    await requirePolicy(tx, old, { createdAt: now, expiresAt }, '')
    const issued = await insertToken(tx, deps, accountId, { ...publicToken(old), replacesId: old.id }, expiresAt)
    const overlapEnd = new Date(Math.min(old.expiresAt?.getTime() ?? Infinity, now + overlapSeconds * 1000))
    await tx.token.update({ where: { id: old.id }, data: { expiresAt: overlapEnd, replacedById: issued.id } })
    announce('token', cacheKeyOf(old))
    await deps.audit.record(tx, {
      action: 'token.rotated',
      actor,
      target: old.id,
      details: { name: old.name, replacedBy: issued.id, overlapEndsAt: overlapEnd.toISOString() }
    })
    return issued
  })
}
