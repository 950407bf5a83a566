import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import { Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { lockAccount, refuseTakenName } from './issue.ts'
import { readToken } from './read.ts'
import { cacheKeyOf } from './revoke.ts'
import { checkScope } from './scope.ts'
import { publicToken, scopeColumns, type PublicToken, type RateLimit, type TokenScope } from './token.ts'

/** Omitted fields stay as they are. */
export interface TokenChange {
  name?: string | undefined
  /** null = every listener that the account may call. */
  scope?: TokenScope | null | undefined
  /** null = from any address. */
  allowedIps?: readonly string[] | null | undefined
  rateLimit?: RateLimit | null | undefined
  /** Calls per UTC day; null = no quota. */
  dailyQuota?: number | null | undefined
}

/**
 * Changes a token. The change applies from the next call.
 * @throws Fault `not_found`, `conflict` if another live token has the name, `validation_failed` if the scope names a
 *   workspace or listener that the account cannot see
 */
export async function updateToken(
  deps: { changes: Changes; clock: Clock; audit: Audit },
  accountId: string,
  tokenId: string,
  change: TokenChange,
  actor: Actor
): Promise<PublicToken> {
  return deps.changes.transaction(async (tx, announce) => {
    await lockAccount(tx, accountId)
    const token = await readToken(tx, accountId, tokenId)
    if (change.name !== undefined && change.name !== token.name)
      await refuseTakenName(tx, accountId, change.name, new Date(deps.clock.now()), tokenId)
    await checkScope(tx, accountId, change.scope)
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
