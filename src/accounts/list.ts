import type { Database } from '../platform/db/client.ts'
import { literalLike } from '../platform/db/like.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../platform/db/page.ts'
import { publicAccount, type AccountRole, type PublicAccount } from './account.ts'

export interface AccountFilter extends PageRequest {
  /** A part of the e-mail or of the name. */
  q?: string | undefined
  role?: AccountRole | undefined
  suspended?: boolean | undefined
}

/** Every account, newest first. For admins. */
export async function listAccounts(deps: { database: Database }, filter: AccountFilter): Promise<Page<PublicAccount>> {
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

/** `%` and `_` are found as they are written. */
function containing(q: string): { contains: string; mode: 'insensitive' } {
  return { contains: literalLike(q), mode: 'insensitive' }
}
