import type { AccountRecord } from '../accounts/lookup.ts'
import type { Database } from '../db/client.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../db/page.ts'
import { requireRole } from '../workspaces/access.ts'
import { publicListener, type PublicListener } from './listener.ts'

/** The listeners of a workspace, newest first. @throws Fault `not_found` */
export async function listListeners(deps: { database: Database, publicUrl: string }, account: AccountRecord, workspaceId: string, page: PageRequest): Promise<Page<PublicListener>> {
  requireRole(account, workspaceId, 'viewer')
  const rows = await deps.database.prisma.listener.findMany({
    where: { workspaceId, ...afterCursor('createdAt', page.cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  return pageOf(rows, page.limit, 'createdAt', (row) => publicListener(row, deps.publicUrl))
}
