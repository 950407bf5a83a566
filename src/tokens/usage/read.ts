import { type Clock, DAY_MS } from '../../lib/clock.ts'
import type { Database } from '../../platform/db/client.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from '../../platform/db/page.ts'
import { readToken } from '../read.ts'
import type { Usage } from './usage-recorder.ts'

/** How many addresses are shown, the latest first. */
export const ADDRESSES_SHOWN = 20

export interface TokenUsage {
  lastUsedAt: string | null
  /** UTC days with calls, newest first. */
  days: { day: string; calls: number; outcomes: Record<string, number> }[]
  /** The latest addresses that used the token, newest first. Addresses of denied calls are in the denials. */
  addresses: { ip: string; calls: number; lastAt: string }[]
  /** The number of known addresses. */
  addressCount: number
}

export interface ReadUsageDeps {
  database: Database
  usage: Usage
  clock: Clock
}

/**
 * Reads the usage of a token in the last `days` UTC days.
 * @throws Fault `not_found` if the token does not exist or belongs to another account
 */
export async function readUsage(
  deps: ReadUsageDeps,
  accountId: string,
  tokenId: string,
  days: number
): Promise<TokenUsage> {
  const { prisma } = deps.database
  const token = await readToken(prisma, accountId, tokenId)
  await deps.usage.flush()
  const since = new Date(deps.clock.now() - (deps.clock.now() % DAY_MS) - (days - 1) * DAY_MS)
  const counts = await prisma.tokenUsage.findMany({
    where: { tokenId, day: { gte: since } },
    orderBy: [{ day: 'desc' }, { outcome: 'asc' }]
  })
  const addresses = await prisma.tokenAddress.findMany({
    where: { tokenId },
    orderBy: { lastAt: 'desc' },
    take: ADDRESSES_SHOWN
  })

  const byDay = new Map<string, TokenUsage['days'][number]>()
  for (const { day, outcome, calls } of counts) {
    const key = day.toISOString().slice(0, 10)
    const known = byDay.get(key) ?? { day: key, calls: 0, outcomes: {} }
    known.calls += Number(calls)
    known.outcomes[outcome] = Number(calls)
    byDay.set(key, known)
  }
  // The recorder of runs writes the token's own row, possibly later than the flush above.
  const lastUsedAt = Math.max(token.lastUsedAt?.getTime() ?? 0, addresses[0]?.lastAt.getTime() ?? 0)
  return {
    lastUsedAt: lastUsedAt > 0 ? new Date(lastUsedAt).toISOString() : null,
    days: [...byDay.values()],
    addresses: addresses.map(({ ip, calls, lastAt }) => ({ ip, calls: Number(calls), lastAt: lastAt.toISOString() })),
    addressCount: await prisma.tokenAddress.count({ where: { tokenId } })
  }
}

/** A denied call, as the owner of the token sees it. The caller got only the code and the request id. */
export interface PublicDenial {
  id: string
  at: string
  reason: string
  listenerId: string | null
  ip: string
  requestId: string
}

/**
 * Lists the denied calls of a token, newest first.
 * @throws Fault `not_found` if the token does not exist or belongs to another account
 */
export async function listDenials(
  deps: Omit<ReadUsageDeps, 'clock'>,
  accountId: string,
  tokenId: string,
  { limit, cursor }: PageRequest
): Promise<Page<PublicDenial>> {
  const { prisma } = deps.database
  await readToken(prisma, accountId, tokenId)
  await deps.usage.flush()
  const rows = await prisma.tokenDenial.findMany({
    where: { AND: [{ tokenId }, afterCursor('at', cursor)] },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit + 1
  })
  return pageOf(rows, limit, 'at', ({ id, at, reason, listenerId, ip, requestId }) => ({
    id,
    at: at.toISOString(),
    reason,
    listenerId,
    ip,
    requestId
  }))
}
