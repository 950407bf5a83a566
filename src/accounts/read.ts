import { Fault } from '../lib/fault.ts'
import type { Database } from '../platform/db/client.ts'
import { afterCursor, literalLike, type Page, pageOf, type PageRequest } from '../platform/db/page.ts'
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
): Promise<Page<PublicAccount>> {
  const rows = await deps.database.prisma.account.findMany({
    where: {
      AND: [
        afterCursor('createdAt', filter.cursor),
        filter.q === undefined ? {} : { OR: [{ email: containing(filter.q) }, { name: containing(filter.q) }] },
        filter.role === undefined ? {} : { role: filter.role },
        filter.suspended === undefined ? {} : { suspendedAt: filter.suspended ? { not: null } : null }
      ]
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: filter.limit + 1
  })
  return pageOf(rows, filter.limit, 'createdAt', publicAccount)
}

/** Matches `%` and `_` literally. */
export function containing(q: string): { contains: string; mode: 'insensitive' } {
  return { contains: literalLike(q), mode: 'insensitive' }
}
