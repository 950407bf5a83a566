import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { requireRole } from '../workspaces/access.ts'
import { keyOfCursor, pageByKey } from '../platform/db/key-page.ts'
import { publicSecret, type PublicSecret } from './secret.ts'

/** Names and times, by name. No call gives a value. @throws Fault `not_found` */
export async function listSecrets(
  deps: { database: Database },
  account: AccountRecord,
  workspaceId: string,
  page: PageRequest
): Promise<Page<PublicSecret>> {
  requireRole(account, workspaceId, 'viewer')
  const after = keyOfCursor(page.cursor)
  const rows = await deps.database.prisma.workspaceSecret.findMany({
    where: { workspaceId, ...(after === undefined ? {} : { name: { gt: after } }) },
    omit: { value: true },
    orderBy: { name: 'asc' },
    take: page.limit + 1
  })
  return pageByKey(rows, page.limit, ({ name }) => name, publicSecret)
}
