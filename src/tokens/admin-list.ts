import type { Admin } from '../accounts/admin.ts'
import type { Clock } from '../lib/clock.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import {
  afterCursor,
  containing,
  type CountedPage,
  literalLike,
  pageOf,
  readCursor,
  TOTAL_MAX,
  totalOf
} from '../platform/db/page.ts'
import { expiringWithin, inState, matching, type TokenFilter } from './read.ts'
import { publicToken, type PublicToken, START_LENGTH } from './token.ts'

export interface AdminTokenFilter extends TokenFilter {
  accountId?: string | undefined
  /** A prefix of the token, or of the `jti` of a JWT. Only the part that is stored as `start` is compared. */
  start?: string | undefined
  /** Tokens that reach listeners of this workspace. */
  workspaceId?: string | undefined
  /** Tokens that were created before this time, and not used since. */
  unusedSince?: Date | undefined
  sort: 'createdAt' | 'lastUsedAt'
}

/** A token as its owner sees it, with its owner. */
export interface AdminToken extends PublicToken {
  accountId: string
  email: string
}

/** The tokens of all accounts: the newest, or the last used, first. */
export async function listAllTokens(
  deps: { database: Database; clock: Clock },
  _admin: Admin,
  filter: AdminTokenFilter
): Promise<CountedPage<AdminToken>> {
  const { prisma } = deps.database
  const now = new Date(deps.clock.now())
  const byUse = filter.sort === 'lastUsedAt'
  const fitting: Prisma.TokenWhereInput = {
    AND: [
      filter.accountId === undefined ? {} : { accountId: filter.accountId },
      filter.start === undefined ? {} : startingWith(filter.start),
      filter.workspaceId === undefined ? {} : await reaching(prisma, filter.workspaceId),
      filter.states ? { OR: filter.states.map((state) => inState(state, now)) } : {},
      filter.expiringDays === undefined ? {} : expiringWithin(filter.expiringDays, now),
      filter.unusedSince === undefined ? {} : unusedSince(filter.unusedSince),
      filter.q ? { OR: [matching(filter.q), await ownedBy(prisma, filter.q)] } : {}
    ]
  }
  const find: Find = (where, take) =>
    prisma.token.findMany({
      where: { AND: [fitting, where] },
      include: WITH_EMAIL,
      orderBy: byUse
        ? [{ lastUsedAt: { sort: 'desc', nulls: 'last' } }, { id: 'desc' }]
        : [{ createdAt: 'desc' }, { id: 'desc' }],
      take
    })
  const [rows, counted] = await Promise.all([
    byUse
      ? lastUsedFirst(find, filter.cursor, filter.limit + 1)
      : find(afterCursor('createdAt', filter.cursor), filter.limit + 1),
    prisma.token.count({
      where: fitting,
      take: TOTAL_MAX + 1,
      // This order lets the query use the index of creation times; in table order, the old tokens may come last.
      ...(filter.unusedSince === undefined ? {} : { orderBy: { createdAt: 'desc' as const } })
    })
  ])
  const timed = rows.map((row) => ({ ...row, at: byUse ? (row.lastUsedAt ?? NEVER) : row.createdAt }))
  const page = pageOf(timed, filter.limit, 'at', (row) => ({
    ...publicToken(row),
    accountId: row.accountId,
    email: row.account.email
  }))
  return { ...page, total: totalOf(counted) }
}

/** With more owners, so many tokens match that a scan from the newest finds enough of them soon. */
const OWNERS_MAX = 500

/**
 * Tokens of accounts whose e-mail contains a text. The accounts are found first: a condition over two tables, beside
 * one over tokens alone, would read every token.
 */
async function ownedBy(client: Pick<Prisma.TransactionClient, 'account'>, q: string): Promise<Prisma.TokenWhereInput> {
  const email = containing(q)
  const owners = await client.account.findMany({ where: { email }, select: { id: true }, take: OWNERS_MAX + 1 })
  return owners.length > OWNERS_MAX ? { account: { email } } : { accountId: { in: owners.map(({ id }) => id) } }
}

/** Stands for no use at all in cursors. */
const NEVER = new Date(0)

const WITH_EMAIL = { account: { select: { email: true } } }
type Row = Prisma.TokenGetPayload<{ include: typeof WITH_EMAIL }>
type Find = (where: Prisma.TokenWhereInput, take: number) => Promise<Row[]>

/** Two queries, each of which starts at a place in the index: used tokens first, then unused ones. */
async function lastUsedFirst(find: Find, cursor: string | undefined, take: number): Promise<Row[]> {
  const last = readCursor(cursor)
  if (last?.time.getTime() === NEVER.getTime()) return find({ lastUsedAt: null, id: { lt: last.id } }, take)
  const used = await find({ AND: [{ lastUsedAt: { not: null } }, afterCursor('lastUsedAt', cursor)] }, take)
  return used.length < take ? [...used, ...(await find({ lastUsedAt: null }, take - used.length))] : used
}

function unusedSince(time: Date): Prisma.TokenWhereInput {
  return { createdAt: { lt: time }, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: time } }] }
}

/** Matches tokens by their stored start, so only the first {@link START_LENGTH} characters are compared. */
export function startingWith(start: string): Prisma.TokenWhereInput {
  return { start: { startsWith: literalLike(start.slice(0, START_LENGTH)) } }
}

/**
 * Tokens that may call listeners of a workspace: their scope names it or one of its listeners, or they have none and
 * their account is a member.
 */
export async function reaching(
  client: Pick<Prisma.TransactionClient, 'listener'>,
  workspaceId: string
): Promise<Prisma.TokenWhereInput> {
  const listeners = await client.listener.findMany({ where: { workspaceId }, select: { id: true } })
  return {
    OR: [
      { workspaceIds: { has: workspaceId } },
      { listenerIds: { hasSome: listeners.map(({ id }) => id) } },
      { scoped: false, account: { memberships: { some: { workspaceId } } } }
    ]
  }
}
