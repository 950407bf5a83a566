import { Fault } from '../lib/fault.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import {
  afterCursor,
  type CountedPage,
  literalLike,
  pageOf,
  type PageRequest,
  TOTAL_MAX,
  totalOf
} from '../platform/db/page.ts'
import type { Admin } from './admin.ts'
import { type AccountRole, publicAccount, type PublicAccount } from './account.ts'

/** @throws Fault `not_found` */
export async function readAccount(database: Database, accountId: string): Promise<PublicAccount> {
  const account = await database.prisma.account.findUnique({ where: { id: accountId } })
  if (!account) throw new Fault('not_found')
  return publicAccount(account)
}

export interface AccountFilter extends PageRequest {
  /** A substring of the e-mail or of the name. */
  q?: string | undefined
  role?: AccountRole | undefined
  suspended?: boolean | undefined
}

/** All accounts, newest first. The caller must be an admin. */
export async function listAccounts(
  deps: { database: Database },
  _admin: Admin,
  filter: AccountFilter
): Promise<CountedPage<PublicAccount>> {
  const { account } = deps.database.prisma
  const fitting: Prisma.AccountWhereInput = {
    AND: [
      filter.q === undefined ? {} : { OR: [{ email: containing(filter.q) }, { name: containing(filter.q) }] },
      filter.role === undefined ? {} : { role: filter.role },
      filter.suspended === undefined ? {} : { suspendedAt: filter.suspended ? { not: null } : null }
    ]
  }
  const [rows, counted] = await Promise.all([
    account.findMany({
      where: { AND: [fitting, afterCursor('createdAt', filter.cursor)] },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: filter.limit + 1
    }),
    account.count({ where: fitting, take: TOTAL_MAX + 1 })
  ])
  return { ...pageOf(rows, filter.limit, 'createdAt', publicAccount), total: totalOf(counted) }
}

/** Matches `%` and `_` literally. */
export function containing(q: string): { contains: string; mode: 'insensitive' } {
  return { contains: literalLike(q), mode: 'insensitive' }
}
