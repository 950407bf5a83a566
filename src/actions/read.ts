import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { listParts } from '../workspaces/owned-resource.ts'
import { publicAction, type PublicAction } from './action.ts'
import { findAction } from './actions.ts'

/** @throws Fault `not_found` */
export async function readAction(
  deps: { database: Database },
  account: AccountRecord,
  actionId: string
): Promise<PublicAction> {
  return publicAction(await findAction(deps.database.prisma, account, actionId, 'viewer'))
}

/** The actions of a workspace, newest first. @throws Fault `not_found` */
export function listActions(
  deps: { database: Database },
  account: AccountRecord,
  workspaceId: string,
  page: PageRequest
): Promise<Page<PublicAction>> {
  return listParts(account, workspaceId, page, (query) => deps.database.prisma.action.findMany(query), publicAction)
}
