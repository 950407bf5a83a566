import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import { type CountedPage, containing, type PageRequest } from '../platform/db/page.ts'
import { createResourceFinder, listFiltered } from '../workspaces/owned-resource.ts'
import { type ListenerWithSlug, publicListener, type PublicListener, WITH_SLUG } from './listener.ts'
import type { Membership } from '../workspaces/access.ts'

export const { find: findListener, lock: lockListener } = createResourceFinder<
  Pick<Prisma.TransactionClient, 'listener'>,
  ListenerWithSlug
>({
  prefix: 'lsn',
  name: 'listener',
  load: (client, id) => client.listener.findUnique({ where: { id }, include: WITH_SLUG })
})

/** Reads a listener for a member of its workspace. @throws Fault `not_found` */
export async function readListener(
  deps: { database: Database; publicUrl: string },
  account: AccountRecord,
  listenerId: string
): Promise<PublicListener> {
  return publicListener(await findListener(deps.database.prisma, account, listenerId, 'viewer'), deps.publicUrl)
}

export interface ListenerFilter extends PageRequest {
  /** A part of the name. */
  q?: string | undefined
  flowId?: string | undefined
}

/** The listeners of a workspace, newest first. @throws Fault `not_found` */
export async function listListeners(
  deps: { database: Database; publicUrl: string },
  membership: Membership,
  { q, flowId, ...page }: ListenerFilter
): Promise<CountedPage<PublicListener>> {
  const filter = {
    ...(q === undefined ? {} : { name: containing(q) }),
    ...(flowId === undefined ? {} : { flowId })
  }
  const { items, ...rest } = await listFiltered(membership, page, filter, deps.database.prisma.listener)
  const { slug } = await deps.database.prisma.workspace.findUniqueOrThrow({
    where: { id: membership.workspaceId },
    select: { slug: true }
  })
  return { items: items.map((row) => publicListener({ ...row, workspace: { slug } }, deps.publicUrl)), ...rest }
}
