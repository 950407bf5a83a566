import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import {
  afterCursor,
  type CountedPage,
  literalLike,
  pageOf,
  type PageRequest,
  TOTAL_MAX,
  totalOf
} from '../platform/db/page.ts'
import type { CustomerAccess } from './access.ts'
import { managedCustomer, type ManagedCustomer, publicCustomer, type PublicCustomer, SHOWN } from './customer.ts'
import type { CustomerProvisioner } from './provisioner.ts'

export interface ReadCustomerDeps {
  database: Database
  provisioner: CustomerProvisioner
}

export interface CustomerFilter extends PageRequest {
  /** A substring of the name, or a prefix of the back end's id. */
  q?: string | undefined
  /** Whether archived customers are listed too; true if absent. */
  withArchived?: boolean
}

/** The customers of a workspace, newest first. @throws Fault `not_found` */
export async function listCustomers(
  deps: ReadCustomerDeps,
  access: CustomerAccess,
  { limit, cursor, q, withArchived = true }: CustomerFilter
): Promise<CountedPage<ManagedCustomer>> {
  const { workspaceId } = access
  const { customer } = deps.database.prisma
  const fitting = { AND: [q === undefined ? {} : matching(q), withArchived ? {} : { archivedAt: null }] }
  await deps.provisioner.flush()
  const [rows, counted] = await Promise.all([
    customer.findMany({
      where: { AND: [{ workspaceId }, afterCursor('createdAt', cursor), fitting] },
      ...SHOWN,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit + 1
    }),
    customer.count({ where: { AND: [{ workspaceId }, fitting] }, take: TOTAL_MAX + 1 })
  ])
  return { ...pageOf(rows, limit, 'createdAt', managedCustomer), total: totalOf(counted) }
}

/** @param customer the internal id, or the id that the back end gave it @throws Fault `not_found` */
export async function readCustomer(
  deps: ReadCustomerDeps,
  access: CustomerAccess,
  customer: string
): Promise<ManagedCustomer> {
  const { workspaceId } = access
  await deps.provisioner.flush()
  const id = await findCustomerId(deps.database.prisma, workspaceId, customer)
  const row = await deps.database.prisma.customer.findUnique({ where: { id }, ...SHOWN })
  if (!row) throw new Fault('not_found', { why: 'no_such_customer' })
  return managedCustomer(row)
}

/**
 * Reads the customer of a verified token for the customer itself.
 * @throws Fault `not_found` if it was deleted meanwhile
 */
export async function readSelf(deps: ReadCustomerDeps, customerId: string): Promise<PublicCustomer> {
  await deps.provisioner.flush()
  const row = await deps.database.prisma.customer.findUnique({ where: { id: customerId }, ...SHOWN })
  if (!row) throw new Fault('not_found', { why: 'customer_deleted' })
  return publicCustomer(row)
}

/**
 * Finds the internal id of a customer by either id. Back ends can use any id, even one that looks like an internal id:
 * internal ids win.
 * @throws Fault `not_found`
 */
export async function findCustomerId(
  client: Pick<Prisma.TransactionClient, 'customer'>,
  workspaceId: string,
  customer: string
): Promise<string> {
  const select = { id: true } as const
  const internal = isId('cus', customer)
    ? await client.customer.findFirst({ where: { id: customer, workspaceId }, select })
    : null
  // No id contains U+0000, and the database rejects it in a query.
  const found =
    internal ??
    (customer.includes('\0')
      ? null
      : await client.customer.findFirst({ where: { externalId: customer, workspaceId }, select }))
  if (!found) throw new Fault('not_found', { why: 'no_such_customer' })
  return found.id
}

function matching(q: string): Prisma.CustomerWhereInput {
  const literal = literalLike(q)
  return { OR: [{ name: { contains: literal, mode: 'insensitive' } }, { externalId: { startsWith: literal } }] }
}
