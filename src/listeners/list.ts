import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { listParts } from '../workspaces/owned-resource.ts'
import { publicListener, type PublicListener } from './listener.ts'

/** The listeners of a workspace, newest first. @throws Fault `not_found` */
export function listListeners(
  deps: { database: Database; publicUrl: string },
  account: AccountRecord,
  workspaceId: string,
  page: PageRequest
): Promise<Page<PublicListener>> {
  return listParts(
    account,
    workspaceId,
    page,
    (query) => deps.database.prisma.listener.findMany(query),
    (row) => publicListener(row, deps.publicUrl)
  )
}
