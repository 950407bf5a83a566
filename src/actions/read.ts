import type { AccountRecord } from '../accounts/lookup.ts'
import type { Database } from '../db/client.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../db/page.ts'
import { requireRole } from '../workspaces/access.ts'
import { publicAction, type PublicAction } from './action.ts'
import { findAction } from './write.ts'

/** @throws Fault `not_found` */
export async function readAction(deps: { database: Database }, account: AccountRecord, actionId: string): Promise<PublicAction> {
  return publicAction(await findAction(deps.database.prisma, account, actionId, 'viewer'))
}

/** The actions of a workspace, newest first. @throws Fault `not_found` */
export async function listActions(deps: { database: Database }, account: AccountRecord, workspaceId: string, page: PageRequest): Promise<Page<PublicAction>> {
  requireRole(account, workspaceId, 'viewer')
  const rows = await deps.database.prisma.action.findMany({
    where: { workspaceId, ...afterCursor('createdAt', page.cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  return pageOf(rows, page.limit, 'createdAt', publicAction)
}
