import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { Prisma } from '../platform/db/client.ts'
import {
  afterCursor,
  type CountedPage,
  countedPage,
  type ListedTable,
  pageOf,
  type Page,
  type PageRequest
} from '../platform/db/page.ts'
import { Fault } from '../lib/fault.ts'
import { isId, type IdPrefix } from '../lib/ids.ts'
import { type Membership, requireRole } from './access.ts'

/** One kind of resource that a workspace owns: a flow, a listener or an action. */
export interface ResourceKind<C, R> {
  prefix: IdPrefix
  /** The name of its table, also used in the log. */
  name: string
  load(client: C, id: string): Promise<R | null>
}

export interface ResourceFinder<C, R> {
  /**
   * Finds a resource by id. A resource in a workspace that the account is not a member of is reported as absent.
   * @throws (rejects with) Fault `not_found`, `insufficient_scope`
   */
  find(client: C, account: AccountRecord, id: string, atLeast: MemberRole): Promise<R>
  /** Like `find`, and locks the row until the transaction ends. */
  lock(
    tx: C & Pick<Prisma.TransactionClient, '$queryRaw'>,
    account: AccountRecord,
    id: string,
    atLeast: MemberRole
  ): Promise<R>
}

/** Creates a finder of resources by id. Accounts outside the workspace learn nothing about a resource. */
export function createResourceFinder<C, R extends { workspaceId: string }>(
  kind: ResourceKind<C, R>
): ResourceFinder<C, R> {
  const table = Prisma.raw(`"${kind.name}"`)

  async function find(client: C, account: AccountRecord, id: string, atLeast: MemberRole): Promise<R> {
    const resource = isId(kind.prefix, id) ? await kind.load(client, id) : null
    if (!resource) throw new Fault('not_found', { why: `no_such_${kind.name}` })
    requireRole(account, resource.workspaceId, atLeast)
    return resource
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

/**
 * Lists one page of a workspace's resources of one kind, newest first.
 */
export async function listResources<R extends { id: string; createdAt: Date }, T>(
  membership: Membership,
  page: PageRequest,
  read: (query: ResourceQuery) => Promise<R[]>,
  present: (row: R) => T
): Promise<Page<T>> {
  const { workspaceId } = membership
  return pageOf(await read(queryFor(workspaceId, page)), page.limit, 'createdAt', present)
}

/** Lists one page of a workspace's rows that match a filter, newest first, and counts all that match. */
export function listFiltered<R extends { id: string; createdAt: Date }, W extends object>(
  { workspaceId }: Membership,
  page: PageRequest,
  filter: W,
  table: ListedTable<W & { workspaceId: string }, R>
): Promise<CountedPage<R>> {
  return countedPage(table, { workspaceId, ...filter }, page, (row) => row)
}

function queryFor(workspaceId: string, { limit, cursor }: PageRequest) {
  return {
    where: { workspaceId, ...afterCursor('createdAt', cursor) },
    orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }],
    take: limit + 1
  }
}
