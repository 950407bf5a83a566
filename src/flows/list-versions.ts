import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { keyOfCursor, pageByKey } from '../platform/db/key-page.ts'
import { VERSION_MAX, type PublicVersion } from './flow.ts'
import { findFlow } from './read.ts'

/** The versions of a flow, newest first, without their documents. @throws Fault `not_found` */
export async function listVersions(
  { database }: { database: Database },
  account: AccountRecord,
  flowId: string,
  page: PageRequest
): Promise<Page<PublicVersion>> {
  const { publishedVersion } = await findFlow(database.prisma, account, flowId, 'viewer')
  const before = Math.min(Number(keyOfCursor(page.cursor) ?? VERSION_MAX) || 0, VERSION_MAX)
  const rows = await database.prisma.flowVersion.findMany({
    where: { flowId, version: { lt: before } },
    omit: { document: true, openapi: true },
    orderBy: { version: 'desc' },
    take: page.limit + 1
  })
  return pageByKey(
    rows,
    page.limit,
    ({ version }) => version,
    ({ version, name, createdBy, createdAt }) => ({
      version,
      name,
      published: version === publishedVersion,
      createdBy,
      createdAt: createdAt.toISOString()
    })
  )
}
