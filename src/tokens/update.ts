import { type ConfirmedOwner, requireConfirmation } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import { Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { lockAccount, refuseTakenName } from './issue.ts'
import { readToken } from './read.ts'
import { cacheKeyOf } from './revoke.ts'
import { checkScope } from './scope.ts'
import { publicToken, scopeColumns, type PublicToken } from './token.ts'
import { type TokenChange, widens } from './widens.ts'

/**
 * Changes a token. The change applies from the next call.
 * @param confirmation that of the account; without one the token may only lose by the change
 * @throws Fault `confirmation_required`, `not_found`, `conflict` if another live token has the name, `validation_failed` if the scope names a
 *   workspace or listener that the account cannot see
 */
export async function updateToken(
  deps: { changes: Changes; clock: Clock; audit: Audit },
  accountId: string,
  tokenId: string,
  change: TokenChange,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<PublicToken> {
  return deps.changes.transaction(async (tx, announce) => {
    await lockAccount(tx, accountId)
    const token = await readToken(tx, accountId, tokenId)
    if (change.name !== undefined && change.name !== token.name)
      await refuseTakenName(tx, accountId, change.name, new Date(deps.clock.now()), tokenId)
    await checkScope(tx, accountId, change.scope)
    if (await widens(tx, token, change)) requireConfirmation(confirmation)
    const row = await tx.token.update({
      where: { id: tokenId },
      data: {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.scope === undefined ? {} : scopeColumns(change.scope)),
        ...(change.allowedIps === undefined ? {} : { allowedIps: [...(change.allowedIps ?? [])] }),
        ...(change.rateLimit === undefined
          ? {}
          : { rateLimit: change.rateLimit ? { ...change.rateLimit } : Prisma.DbNull }),
        ...(change.dailyQuota === undefined ? {} : { dailyQuota: change.dailyQuota })
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
