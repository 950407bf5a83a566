import { type Static, Type } from 'typebox'
import { type CustomerAccess, requireCustomerAccess } from '../../customers/access.ts'
import { createCustomer } from '../../customers/create.ts'
import type { CustomerFields, ManagedCustomer, PublicCustomer } from '../../customers/customer.ts'
import { listCustomers, readCustomer, type ReadCustomerDeps } from '../../customers/read.ts'
import { type CustomerChange, type CustomerDeps, keepCredentials, updateCustomer } from '../../customers/update.ts'
import { setArchived } from '../../customers/archive.ts'
import { Fault } from '../../lib/fault.ts'
import type { Keyring } from '../../lib/keyring.ts'
import { Secret } from '../../lib/secret.ts'
import { MAX_ID_CHARS } from '../../platform/jws/limits.ts'
import { principalOf, requestActor } from '../guards.ts'
import { refuseLargeFields } from '../routes/customers.ts'
import type { App } from '../server.ts'
import { cursorOf, ListQuery } from './pages.ts'

export type MembraneCustomerDeps = CustomerDeps & ReadCustomerDeps & { keyring: Keyring }

/** An id in the SDKs' requests: `cus_…`, or the id that the customers' back end gave. */
const CustomerId = Type.String({ minLength: 1, maxLength: MAX_ID_CHARS, pattern: '^[^\\u0000]*$' })
const CustomerName = Type.Union([Type.String({ maxLength: MAX_ID_CHARS, pattern: '^[^\\u0000]*$' }), Type.Null()])
const properties = {
  id: Type.Optional(CustomerId),
  internalId: Type.Optional(CustomerId),
  name: Type.Optional(CustomerName),
  fields: Type.Optional(Type.Union([Type.Unsafe<CustomerFields>({ type: 'object' }), Type.Null()])),
  credentials: Type.Optional(Type.Unknown())
}
/** The SDKs send more properties than a customer has here: the others are ignored. */
const Given = Type.Object(properties, { additionalProperties: true })
const InPath = Type.Object({ selector: CustomerId })
const InQuery = Type.Object(
  { id: Type.Optional(CustomerId), internalId: Type.Optional(CustomerId), key: Type.Optional(CustomerId) },
  { additionalProperties: true }
)

/**
 * A customer in the terms of the SDKs: `id` is the id in Sluice, `internalId` the one that the workspace's back end
 * gave.
 */
export interface MembraneCustomer {
  id: string
  internalId: string
  name: string
  fields: CustomerFields
  createdAt: string
  lastActiveAt: string
  archivedAt?: string
}

/** The customers of the workspace of an admin token. */
export function membraneCustomerRoutes(app: App, deps: MembraneCustomerDeps): void {
  app.get('/customers', { schema: { querystring: ListQuery } }, async (request) => {
    const { limit, cursor, search, includeArchived } = request.query
    const page = await listCustomers(deps, backEndOf(request), {
      limit,
      cursor: cursorOf(cursor),
      ...(search === undefined || search === '' ? {} : { q: search }),
      withArchived: includeArchived === true
    })
    return {
      items: page.items.map(membraneCustomer),
      ...(page.nextCursor === null ? {} : { cursor: page.nextCursor })
    }
  })

  app.post('/customers', { schema: { body: Given } }, async (request, reply) => {
    const access = backEndOf(request)
    const { id, internalId, name, fields, credentials } = request.body
    const externalId = internalId ?? id
    if (externalId === undefined)
      throw new Fault('validation_failed', { errors: [{ pointer: '/internalId', message: 'is missing' }] })
    if (id !== undefined && id !== externalId)
      throw new Fault('validation_failed', { errors: [{ pointer: '/id', message: 'must be internalId, or absent' }] })
    refuseLargeFields(fields)
    const created = await createCustomer(
      deps,
      access,
      { externalId, name: name ?? null, fields: fields ?? {} },
      requestActor(request)
    )
    if (credentials !== undefined) await keep(request, created.internalId, credentials)
    return reply.code(201).send(membraneCustomer(created))
  })

  async function keep(request: Parameters<typeof requestActor>[0], id: string, credentials: unknown): Promise<void> {
    await keepCredentials(deps, id, new Secret(credentials ?? null), requestActor(request))
  }

  async function change(
    request: Parameters<typeof backEndOf>[0] & Parameters<typeof requestActor>[0],
    selector: string,
    given: Static<typeof Given>,
    replace: boolean
  ): Promise<MembraneCustomer> {
    const access = backEndOf(request)
    const before = await readCustomer(deps, access, selector)
    if (given.internalId !== undefined && given.internalId !== before.id)
      throw new Fault('validation_failed', {
        errors: [{ pointer: '/internalId', message: 'cannot change: it is the id in the tokens of the customer' }]
      })
    refuseLargeFields(given.fields)
    const wanted: CustomerChange = {
      ...(given.name !== undefined || replace ? { name: given.name ?? null } : {}),
      ...(given.fields !== undefined || replace ? { fields: given.fields ?? null } : {})
    }
    if (given.credentials !== undefined) await keep(request, before.internalId, given.credentials)
    return membraneCustomer(await updateCustomer(deps, access, before.internalId, wanted, requestActor(request)))
  }

  const selected = [
    { path: '/customers/:selector', schema: { params: InPath } },
    { path: '/customer', schema: { querystring: InQuery } }
  ] as const
  for (const { path, schema } of selected) {
    app.get(path, { schema }, async (request) =>
      membraneCustomer(await readCustomer(deps, backEndOf(request), selectorOf(request)))
    )
    app.patch(path, { schema: { ...schema, body: Given } }, async (request) =>
      change(request, selectorOf(request), request.body, false)
    )
    app.put(path, { schema: { ...schema, body: Given } }, async (request) =>
      change(request, selectorOf(request), request.body, true)
    )
    app.delete(path, { schema }, async (request, reply) => {
      await setArchived(deps, backEndOf(request), selectorOf(request), true, requestActor(request))
      return reply.code(204).send()
    })
    app.post(`${path}/restore`, { schema }, async (request) =>
      membraneCustomer(await setArchived(deps, backEndOf(request), selectorOf(request), false, requestActor(request)))
    )
  }
}

export function membraneCustomer(
  customer: PublicCustomer & Partial<Pick<ManagedCustomer, 'archivedAt'>>
): MembraneCustomer {
  const { id, internalId, name, fields, createdAt, lastActiveAt, archivedAt } = customer
  return {
    id: internalId,
    internalId: id,
    name,
    fields,
    createdAt,
    lastActiveAt,
    ...(archivedAt ? { archivedAt } : {})
  }
}

/** The customers' own back end, by an admin token. @throws Fault `insufficient_scope` */
function backEndOf(request: Parameters<typeof principalOf>[0]): CustomerAccess<'editor'> {
  const principal = principalOf(request)
  if (principal.kind !== 'workspace')
    throw new Fault('insufficient_scope', {
      why: `a ${principal.kind} may not manage customers`,
      detail: 'Only an admin token of the workspace may manage its customers.'
    })
  return requireCustomerAccess({ workspaceId: principal.workspaceId }, principal.workspaceId, 'editor')
}

/** @throws Fault `validation_failed` if the query names no customer */
function selectorOf({ params, query }: { params: unknown; query: unknown }): string {
  const { selector } = params as { selector?: string }
  const { id, internalId, key } = query as { id?: string; internalId?: string; key?: string }
  const named = selector ?? id ?? internalId ?? key
  if (named === undefined) throw new Fault('validation_failed', { errors: [{ pointer: '/id', message: 'is missing' }] })
  return named
}
