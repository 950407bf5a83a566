import { type ConfirmedOwner, requireConfirmation } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import { Prisma, type Token } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { requirePolicy } from './check-policy.ts'
import { checkManagementToken, lockAccount, refuseTakenName } from './issue.ts'
import { endWithin, type ManagementBounds, refuseManagement, requireWithin, scopeWithin } from './management-bounds.ts'
import { readToken } from './read.ts'
import { cacheKeyOf } from './revoke.ts'
import { checkScope } from './scope.ts'
import { publicToken, scopeColumns, type PublicToken } from './token.ts'
import { isLater, type TokenChange, widens } from './widens.ts'

/**
 * Changes a token. The change applies from the next call.
 * @param confirmation the account's; without one the change may only narrow what the token can do
 * @param bounds those of the management token that changes it in place of a person
 * @throws Fault `confirmation_required`; `not_found`; `insufficient_scope` beyond the bounds; `conflict` if another
 *   live token has the name, or if `expiresAt` is changed of a token that has ended; `validation_failed` if the scope
 *   names a workspace or listener that the account cannot see, for a later `expiresAt` of a JWT, or beyond a policy
 */
export async function updateToken(
  deps: { changes: Changes; clock: Clock; audit: Audit },
  accountId: string,
  tokenId: string,
  asked: TokenChange,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor,
  bounds?: ManagementBounds
): Promise<PublicToken> {
  return deps.changes.transaction(async (tx, announce) => {
    await lockAccount(tx, accountId)
    const token = await readToken(tx, accountId, tokenId)
    await requireWithin(tx, bounds, token)
    refuseManagement(bounds, token.permissions)
    const change = await settle(tx, token, asked, bounds, deps.clock.now())
    if (change.name !== undefined && change.name !== token.name)
      await refuseTakenName(tx, accountId, change.name, new Date(deps.clock.now()), tokenId)
    await checkScope(tx, accountId, change.scope)
    if (await widens(tx, token, change)) requireConfirmation(confirmation)
    await checkPolicy(tx, token, change)
    const row = await tx.token.update({
      where: { id: tokenId },
      data: {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.scope === undefined ? {} : scopeColumns(change.scope)),
        ...(change.allowedIps === undefined ? {} : { allowedIps: [...(change.allowedIps ?? [])] }),
        ...(change.rateLimit === undefined
          ? {}
          : { rateLimit: change.rateLimit ? { ...change.rateLimit } : Prisma.DbNull }),
        ...(change.dailyQuota === undefined ? {} : { dailyQuota: change.dailyQuota }),
        ...(change.expiresAt === undefined ? {} : { expiresAt: change.expiresAt }),
        ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
        ...(change.description === undefined ? {} : { description: change.description }),
        ...(change.metadata === undefined ? {} : { metadata: { ...change.metadata } })
      }
    })
    announce('token', cacheKeyOf(token))
    await deps.audit.record(tx, {
      action: 'token.updated',
      actor,
      target: tokenId,
      details: { fields: Object.keys(change).filter((key) => change[key as keyof TokenChange] !== undefined) }
    })
    return publicToken(row)
  })
}

/**
 * Turns the requested change into the one that is made: a time in the past becomes now, and a management token grants
 * no more than it has.
 */
async function settle(
  tx: Prisma.TransactionClient,
  token: Token,
  asked: TokenChange,
  bounds: ManagementBounds | undefined,
  now: number
): Promise<TokenChange> {
  const change = { ...asked }
  if (asked.scope !== undefined) change.scope = await scopeWithin(tx, bounds, asked.scope)
  if (token.permissions.length > 0) checkManagementToken({ ...change, format: 'opaque' })
  if (asked.expiresAt === undefined) return change
  if (token.revokedAt || (token.expiresAt && token.expiresAt.getTime() <= now))
    throw new Fault('conflict', { why: 'ended', detail: 'The token has ended; create a new one.' })
  const given = asked.expiresAt && new Date(Math.max(asked.expiresAt.getTime(), now))
  change.expiresAt = endWithin(bounds, given)
  if (!isLater(token.expiresAt, change.expiresAt)) return change
  if (token.format === 'jwt')
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/expiresAt', message: 'must not be later: a JWT contains its own expiry' }]
    })
  if (token.replacedById)
    throw new Fault('conflict', {
      why: 'rotated_already',
      detail: 'The token was rotated, and expires when its overlap ends.'
    })
  return change
}

/** Checks the policies, if the change makes the life longer or puts the token under other policies. */
async function checkPolicy(tx: Prisma.TransactionClient, token: Token, change: TokenChange): Promise<void> {
  const later = change.expiresAt !== undefined && isLater(token.expiresAt, change.expiresAt)
  if (!later && change.scope === undefined) return
  const reach = { accountId: token.accountId, ...(change.scope === undefined ? token : scopeColumns(change.scope)) }
  const expiresAt = change.expiresAt === undefined ? token.expiresAt : change.expiresAt
  await requirePolicy(tx, reach, { createdAt: token.createdAt.getTime(), expiresAt }, later ? '/expiresAt' : '/scope')
}
