import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { listParts } from '../workspaces/owned-resource.ts'
import { flowSummary, type FlowSummary } from './flow.ts'

/** The flows of a workspace, newest first, without their documents. @throws Fault `not_found` */
export function listFlows(
  { database }: { database: Database },
  account: AccountRecord,
  workspaceId: string,
  page: PageRequest
): Promise<Page<FlowSummary>> {
  return listParts(account, workspaceId, page, (query) => database.prisma.flow.findMany(query), flowSummary)
}
