import { type Clock, DAY_MS, startOfDay } from '../../lib/clock.ts'
import type { Database } from '../../platform/db/client.ts'
import type { Reads } from '../../platform/db/reads.ts'
import { readVisibleToken, type TokenReader } from '../read.ts'
import type { Usage } from './usage-recorder.ts'

/** How many addresses are shown, the latest first. */
export const ADDRESSES_SHOWN = 20

export interface TokenUsage {
  lastUsedAt: string | null
  /** UTC days with calls, newest first. */
  days: { day: string; calls: number; outcomes: Record<string, number> }[]
  /** The latest addresses that used the token, newest first. Those of denied calls are in the denials. */
  addresses: { ip: string; calls: number; lastAt: string }[]
  /** The number of known addresses. */
  addressCount: number
}

export interface ReadUsageDeps {
  database: Database
  reads: Reads
  usage: Usage
  clock: Clock
}

/**
 * Reads the usage of a token in the last `days` UTC days.
 * @throws Fault `not_found` if the token does not exist or the reader may not see it
 */
export async function readUsage(
  deps: ReadUsageDeps,
  reader: TokenReader,
  tokenId: string,
  days: number
): Promise<TokenUsage> {
  const token = await readVisibleToken(deps.database.prisma, reader, tokenId)
  await deps.usage.flush()
  const since = new Date(startOfDay(deps.clock.now()) - (days - 1) * DAY_MS)
  const { counts, addresses, addressCount } = await deps.reads(async ({ prisma }) => ({
    counts: await prisma.tokenUsage.findMany({
      where: { tokenId, day: { gte: since } },
      orderBy: [{ day: 'desc' }, { outcome: 'asc' }]
    }),
    addresses: await prisma.tokenAddress.findMany({
      where: { tokenId },
      orderBy: { lastAt: 'desc' },
      take: ADDRESSES_SHOWN
    }),
    addressCount: await prisma.tokenAddress.count({ where: { tokenId } })
  }))

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
    addressCount
  }
}
