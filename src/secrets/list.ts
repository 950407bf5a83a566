import type { AccountRecord } from '../accounts/lookup.ts'
import type { Database } from '../db/client.ts'
import type { Page, PageRequest } from '../db/page.ts'
import { requireRole } from '../workspaces/access.ts'
import { keyOfCursor, pageByKey } from '../workspaces/key-page.ts'
import { publicSecret, type PublicSecret } from './secret-value.ts'

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
