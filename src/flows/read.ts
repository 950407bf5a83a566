import type { AccountRecord } from '../accounts/account-cache.ts'
import type { FlowDocument } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'
import type { Database, Flow, FlowVersion, Prisma } from '../platform/db/client.ts'
import {
  type CountedPage,
  keyOfCursor,
  containing,
  type Page,
  pageByKey,
  type PageRequest
} from '../platform/db/page.ts'
import { createResourceFinder, listFiltered } from '../workspaces/owned-resource.ts'
import { readAuthors } from './author.ts'
import type { CheckedDocument } from './check-document.ts'
import { pinnedFromJson } from './compile-version.ts'
import {
  flowSummaries,
  type FlowSummary,
  publicFlow,
  type PublicFlow,
  type PublicVersion,
  VERSION_MAX
} from './flow.ts'
import type { Membership } from '../workspaces/access.ts'

export const { find: findFlow, lock: lockFlow } = createResourceFinder<Pick<Prisma.TransactionClient, 'flow'>, Flow>({
  prefix: 'flw',
  name: 'flow',
  load: (client, id) => client.flow.findUnique({ where: { id } })
})

/** A version without its pinned OpenAPI documents, which may be large. @throws Fault `not_found` */
export async function findVersion(
  client: Pick<Prisma.TransactionClient, 'flowVersion'>,
  flowId: string,
  version: number
): Promise<Omit<FlowVersion, 'openapi'>> {
  const found = await client.flowVersion.findUnique({
    where: { flowId_version: { flowId, version } },
    omit: { openapi: true }
  })
  if (!found) throw new Fault('not_found', { why: 'no_such_version' })
  return found
}

/** A version with its pinned OpenAPI documents, ready to compile. @throws Fault `not_found` */
export async function findCheckedVersion(
  client: Pick<Prisma.TransactionClient, 'flowVersion'>,
  flowId: string,
  version: number
): Promise<CheckedDocument> {
  const found = await client.flowVersion.findUnique({
    where: { flowId_version: { flowId, version } },
    select: { document: true, openapi: true }
  })
  if (!found) throw new Fault('not_found', { why: 'no_such_version' })
  return { document: found.document as unknown as FlowDocument, openapi: pinnedFromJson(found.openapi) }
}

/** A flow with the document of this version, or of the latest one. @throws Fault `not_found` */
export async function readFlow(
  { database }: { database: Database },
  account: AccountRecord,
  flowId: string,
  version?: number
): Promise<PublicFlow> {
  const flow = await findFlow(database.prisma, account, flowId, 'viewer')
  return publicFlow(database.prisma, flow, await findVersion(database.prisma, flowId, version ?? flow.latestVersion))
}

/** A flow with the document that listeners run. @throws Fault `not_found` */
export async function readPublished(
  { database }: { database: Database },
  account: AccountRecord,
  flowId: string
): Promise<PublicFlow> {
  const flow = await findFlow(database.prisma, account, flowId, 'viewer')
  return publicFlow(database.prisma, flow, await findVersion(database.prisma, flowId, flow.publishedVersion))
}

export interface FlowFilter extends PageRequest {
  /** A part of the name. */
  q?: string | undefined
}

/** The flows of a workspace, newest first, without their documents. @throws Fault `not_found` */
export async function listFlows(
  { database: { prisma } }: { database: Database },
  membership: Membership,
  { q, ...page }: FlowFilter
): Promise<CountedPage<FlowSummary>> {
  const filter = q === undefined ? {} : { name: containing(q) }
  const { items, ...rest } = await listFiltered(membership, page, filter, prisma.flow)
  return { items: await flowSummaries(prisma, items), ...rest }
}

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
    omit: { document: true, openapi: true, source: true },
    orderBy: { version: 'desc' },
    take: page.limit + 1
  })
  const author = await readAuthors(
    database.prisma,
    rows.map(({ createdBy }) => createdBy)
  )
  return pageByKey(
    rows,
    page.limit,
    ({ version }) => version,
    ({ version, name, createdBy, note, createdAt }) => ({
      version,
      name,
      published: version === publishedVersion,
      createdBy: author(createdBy) ?? { id: createdBy, name: null },
      note,
      createdAt: createdAt.toISOString()
    })
  )
}
