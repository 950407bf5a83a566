import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../platform/db/page.ts'
import { requireRole } from './access.ts'
import { publicMember, WITH_ACCOUNT, type PublicMember } from './members.ts'

/** The members of a workspace, newest first. @throws Fault `not_found` */
export async function listMembers(
  deps: { database: Database },
  account: AccountRecord,
  workspaceId: string,
  page: PageRequest
): Promise<Page<PublicMember>> {
  requireRole(account, workspaceId, 'viewer')
  const { OR: after } = afterCursor('createdAt', page.cursor)
  const rows = await deps.database.prisma.member.findMany({
    // A member is known by its account: where a cursor speaks of an id, it is the account's.
    where: {
      workspaceId,
      ...(after ? { OR: after.map(({ id, ...rest }) => ({ ...rest, ...(id ? { accountId: id } : {}) })) } : {})
    },
    include: WITH_ACCOUNT,
    orderBy: [{ createdAt: 'desc' }, { accountId: 'desc' }],
    take: page.limit + 1
  })
  const known = rows.map((row) => ({ ...row, id: row.accountId }))
  return pageOf(known, page.limit, 'createdAt', (row) => publicMember(row))
}
