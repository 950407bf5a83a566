import type { Admin } from '../accounts/admin.ts'
import type { Clock } from '../lib/clock.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import { afterCursor, literalLike, type Page, pageOf } from '../platform/db/page.ts'
import { inState, matching, type TokenFilter } from './read.ts'
import { publicToken, type PublicToken } from './token.ts'

export interface AdminTokenFilter extends TokenFilter {
  accountId?: string | undefined
  /** A prefix of the token. */
  start?: string | undefined
}

/** A token as its owner sees it, with its owner. */
export interface AdminToken extends PublicToken {
  accountId: string
  email: string
}

/** The tokens of all accounts, newest first. */
export async function listAllTokens(
  deps: { database: Database; clock: Clock },
  _admin: Admin,
  filter: AdminTokenFilter
): Promise<Page<AdminToken>> {
  const now = new Date(deps.clock.now())
  const rows = await deps.database.prisma.token.findMany({
    where: {
      AND: [
        afterCursor('createdAt', filter.cursor),
        filter.accountId === undefined ? {} : { accountId: filter.accountId },
        filter.start === undefined ? {} : startingWith(filter.start),
        filter.states ? { OR: filter.states.map((state) => inState(state, now)) } : {},
        filter.q ? matching(filter.q) : {}
      ]
    },
    include: { account: { select: { email: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: filter.limit + 1
  })
  return pageOf(rows, filter.limit, 'createdAt', (row) => ({
    ...publicToken(row),
    accountId: row.accountId,
    email: row.account.email
  }))
}

export function startingWith(start: string): Prisma.TokenWhereInput {
  return { start: { startsWith: literalLike(start) } }
}
