import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { Prisma } from '../platform/db/client.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../platform/db/page.ts'
import { Fault } from '../lib/fault.ts'
import { isId, type IdPrefix } from '../lib/ids.ts'
import { type Membership, requireRole } from './access.ts'

/** How to find one kind of what a workspace has: a flow, a listener, an action. */
export interface ResourceKind<C, R> {
  prefix: IdPrefix
  /** What it is called in the log, and its table. */
  name: string
  load(client: C, id: string): Promise<R | null>
}

export interface ResourceFinder<C, R> {
  /** @throws (rejects with) Fault `not_found` for one of a workspace that the account is not in, as for none; `insufficient_scope` */
  find(client: C, account: AccountRecord, id: string, atLeast: MemberRole): Promise<R>
  /** As `find`, and nobody else changes it until the commit. */
  lock(
    tx: C & Pick<Prisma.TransactionClient, '$queryRaw'>,
    account: AccountRecord,
    id: string,
    atLeast: MemberRole
  ): Promise<R>
}

/** Finds what a workspace has by an id that does not name the workspace: who is not in it learns nothing. */
export function createResourceFinder<C, R extends { workspaceId: string }>(
  kind: ResourceKind<C, R>
): ResourceFinder<C, R> {
  const table = Prisma.raw(`"${kind.name}"`)

  async function find(client: C, account: AccountRecord, id: string, atLeast: MemberRole): Promise<R> {
    const part = isId(kind.prefix, id) ? await kind.load(client, id) : null
    if (!part) throw new Fault('not_found', { why: `no_such_${kind.name}` })
    requireRole(account, part.workspaceId, atLeast)
    return part
  }

  return {
    find,
    async lock(tx, account, id, atLeast) {
      await find(tx, account, id, atLeast)
      await tx.$queryRaw`select 1 from ${table} where id = ${id} for update`
      return find(tx, account, id, atLeast)
    }
  }
}

type ResourceQuery = ReturnType<typeof queryFor>

/** One page of what a workspace has of one kind, newest first, for its members. @throws (rejects with) Fault `not_found` */
export async function listResources<R extends { id: string; createdAt: Date }, T>(
  membership: Membership,
  page: PageRequest,
  read: (query: ResourceQuery) => Promise<R[]>,
  present: (row: R) => T
): Promise<Page<T>> {
  const { workspaceId } = membership
  return pageOf(await read(queryFor(workspaceId, page)), page.limit, 'createdAt', present)
}

function queryFor(workspaceId: string, { limit, cursor }: PageRequest) {
  return {
    where: { workspaceId, ...afterCursor('createdAt', cursor) },
    orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }],
    take: limit + 1
  }
}
