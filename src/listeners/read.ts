import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database, Listener, Prisma } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { createResourceFinder, listResources } from '../workspaces/owned-resource.ts'
import { publicListener, type PublicListener } from './listener.ts'
import type { Membership } from '../workspaces/access.ts'

export const { find: findListener, lock: lockListener } = createResourceFinder<
  Pick<Prisma.TransactionClient, 'listener'>,
  Listener
>({
  prefix: 'lsn',
  name: 'listener',
  load: (client, id) => client.listener.findUnique({ where: { id } })
})

/** Reads a listener for a member of its workspace. @throws Fault `not_found` */
export async function readListener(
  deps: { database: Database; publicUrl: string },
  account: AccountRecord,
  listenerId: string
): Promise<PublicListener> {
  return publicListener(await findListener(deps.database.prisma, account, listenerId, 'viewer'), deps.publicUrl)
}

/** The listeners of a workspace, newest first. @throws Fault `not_found` */
export function listListeners(
  deps: { database: Database; publicUrl: string },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicListener>> {
  return listResources(
    membership,
    page,
    (query) => deps.database.prisma.listener.findMany(query),
    (row) => publicListener(row, deps.publicUrl)
  )
}
