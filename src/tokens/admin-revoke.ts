import type { Admin } from '../accounts/admin.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { reaching, startingWith } from './admin-list.ts'
import { revokeWhere, type RevokeDeps } from './revoke.ts'
import { mailTokenOwners, type MailOwnersDeps } from './mail-owners.ts'

/** Selects tokens by exactly one of these fields. */
export interface TokenSelector {
  accountId?: string | undefined
  ids?: readonly string[] | undefined
  /** A prefix of opaque tokens, or of the `jti` of JWTs. */
  start?: string | undefined
  /** Tokens that may call listeners of this workspace. */
  workspaceId?: string | undefined
}

/** Tokens per transaction. Each token is announced separately, and a transaction must end within seconds. */
const BATCH = 500

/** Revokes a token of any account. Revoking it again succeeds and changes nothing. @throws Fault `not_found` */
export async function revokeAnyToken(
  deps: RevokeDeps & MailOwnersDeps,
  _admin: Admin,
  tokenId: string,
  reason: string | undefined,
  actor: Actor
): Promise<void> {
  const told = await deps.changes.transaction(async (tx, announce) => {
    const token = isId('tok', tokenId)
      ? await tx.token.findUnique({ where: { id: tokenId }, select: { accountId: true, name: true } })
      : null
    if (!token) throw new Fault('not_found')
    return (await revokeWhere(tx, announce, deps, { id: tokenId }, actor, reason)) > 0 ? [token] : []
  })
  await mailTokenOwners(deps, told, reason, actor)
}

/**
 * Revokes every selected token that is not revoked yet, in batches. If it fails halfway, the tokens revoked so far stay
 * revoked, and another call revokes the rest.
 * @returns how many tokens it revoked
 * @throws Fault `validation_failed` unless there is exactly one selector
 */
export async function revokeTokens(
  deps: RevokeDeps & MailOwnersDeps,
  _admin: Admin,
  selector: TokenSelector,
  reason: string,
  actor: Actor
): Promise<number> {
  const where = await whereOf(deps.database.prisma, selector)
  let total = 0
  for (;;) {
    const { batch, revoked } = await deps.changes.transaction(async (tx, announce) => {
      const batch = await tx.token.findMany({
        where: { AND: [where, { revokedAt: null }] },
        select: { id: true, accountId: true, name: true },
        orderBy: { id: 'asc' },
        take: BATCH
      })
      return {
        batch,
        revoked: await revokeWhere(tx, announce, deps, { id: { in: batch.map(({ id }) => id) } }, actor, reason)
      }
    })
    total += revoked
    await mailTokenOwners(deps, batch, reason, actor)
    if (batch.length < BATCH) return total
  }
}

/**
 * Counts what {@link revokeTokens} would revoke.
 * @returns how many tokens, and of how many accounts
 * @throws Fault `validation_failed` unless there is exactly one selector
 */
export async function countRevocable(
  { database: { prisma } }: { database: Database },
  _admin: Admin,
  selector: TokenSelector
): Promise<{ count: number; accounts: number }> {
  const where = { AND: [await whereOf(prisma, selector), { revokedAt: null }] }
  const accounts = await prisma.token.groupBy({ by: ['accountId'], where, _count: true })
  return { count: accounts.reduce((sum, { _count }) => sum + _count, 0), accounts: accounts.length }
}

async function whereOf(
  client: Pick<Prisma.TransactionClient, 'listener'>,
  { accountId, ids, start, workspaceId }: TokenSelector
): Promise<Prisma.TokenWhereInput> {
  const selectors: Prisma.TokenWhereInput[] = []
  if (accountId !== undefined) selectors.push({ accountId })
  if (ids !== undefined) selectors.push({ id: { in: [...ids] } })
  if (start !== undefined) selectors.push(startingWith(start))
  if (workspaceId !== undefined) selectors.push(await reaching(client, workspaceId))
  const [only, ...others] = selectors
  if (!only || others.length > 0)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '', message: 'must have exactly one of accountId, ids, start and workspaceId' }]
    })
  return only
}
