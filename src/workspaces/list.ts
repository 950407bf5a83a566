import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../platform/db/page.ts'
import { publicWorkspace, type PublicWorkspace } from './workspace.ts'

/** The workspaces that the account is in, newest first. */
export async function listWorkspaces(
  deps: { database: Database },
  account: AccountRecord,
  page: PageRequest
): Promise<Page<PublicWorkspace>> {
  const rows = await deps.database.prisma.workspace.findMany({
    where: { members: { some: { accountId: account.id } }, ...afterCursor('createdAt', page.cursor) },
    omit: { secret: true },
    include: { members: { where: { accountId: account.id }, select: { role: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  return pageOf(rows, page.limit, 'createdAt', (row) =>
    publicWorkspace(row, (row.members[0]?.role ?? 'viewer') as MemberRole)
  )
}
