import type { AccountRecord } from '../accounts/lookup.ts'
import type { Database } from '../db/client.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../db/page.ts'
import { requireRole } from '../workspaces/access.ts'
import { flowSummary, type FlowSummary } from './definition.ts'

/** The flows of a workspace, newest first, without their documents. @throws Fault `not_found` */
export async function listFlows({ database }: { database: Database }, account: AccountRecord, workspaceId: string, page: PageRequest): Promise<Page<FlowSummary>> {
  requireRole(account, workspaceId, 'viewer')
  const rows = await database.prisma.flow.findMany({
    where: { workspaceId, ...afterCursor('createdAt', page.cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  return pageOf(rows, page.limit, 'createdAt', flowSummary)
}
