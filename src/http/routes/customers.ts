import { Type } from 'typebox'
import { deleteCustomer } from '../../customers/delete.ts'
import { type CustomerAccess, type CustomerManager, requireCustomerAccess } from '../../customers/access.ts'
import type { MemberRole } from '../../accounts/account-cache.ts'
import { listCustomers, readCustomer, type ReadCustomerDeps } from '../../customers/read.ts'
import { keepCredentials, updateCustomer, type CustomerChange, type CustomerDeps } from '../../customers/update.ts'
import type { Principal } from '../../auth/principal.ts'
import { MAX_FIELDS_CHARS, MAX_ID_CHARS } from '../../platform/jws/limits.ts'
import { Fault } from '../../lib/fault.ts'
import type { Keyring } from '../../lib/keyring.ts'
import { Secret } from '../../lib/secret.ts'
import type { App } from '../server.ts'
import { type Guards, type ParamsRequest, principalOf, requestActor } from '../guards.ts'
import { CustomerParams, WorkspaceParams } from '../params.ts'
import { timeOf } from '../request.ts'
import { Closed, CountedPageOf, Nullable, NullableTime, PageQuery, problems, Ref, Search, Time } from '../schemas.ts'

export type CustomerRouteDeps = CustomerDeps & ReadCustomerDeps & { keyring: Keyring }

/** The limits of a name in a token also apply to a name set here. */
const CustomerName = Type.String({ maxLength: MAX_ID_CHARS, pattern: '^[^\\u0000]*$' })

export const CustomerSchema = Type.Object(
  {
    id: Type.String({ description: "The id that the customer's back end uses" }),
    name: Type.String({ description: 'The id of a customer without a name' }),
    internalId: Type.String({ description: 'The id in Sluice' }),
    fields: Type.Object({}, { additionalProperties: true }),
    workspaceKey: Type.String(),
    lastActiveAt: Time,
    createdAt: Time
  },
  {
    $id: 'Customer',
    examples: [
      {
        id: 'user-4711',
        name: 'Ada',
        internalId: 'cus_7RkzS1vXw0qLbNcYt3mPuE',
        fields: { plan: 'pro' },
        workspaceKey: '0b5d0c3f8f0e4b6f9c0a7e1d2c3b4a59',
        lastActiveAt: '2026-11-21T09:30:00.000Z',
        createdAt: '2026-11-20T08:00:00.000Z'
      }
    ]
  }
)

const block = {
  blocked: Type.Boolean({ description: 'Whether all its tokens are refused' }),
  tokensNotBefore: NullableTime,
  credentialNames: Type.Array(Type.String(), {
    description: 'The names of the credentials that it stores for flows; values are never shown'
  }),
  credentialsUpdatedAt: NullableTime,
  archivedAt: NullableTime
}
const ManagedCustomerSchema = Type.Object({ ...CustomerSchema.properties, ...block }, { $id: 'ManagedCustomer' })

const CustomerQuery = Closed({
  ...PageQuery,
  q: Type.Optional({ ...Search, description: 'Part of the name, or the start of the id' })
})
const Change = Closed(
  {
    name: Type.Optional(Nullable(CustomerName)),
    fields: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
    blocked: Type.Optional(Nullable(Type.Boolean({ description: 'true refuses all its tokens; null lifts it' }))),
    tokensNotBefore: Type.Optional(
      Nullable({ ...Time, description: 'Refuses its tokens with an earlier iat, and those without; null lifts it' })
    )
  },
  { examples: [{ fields: { plan: 'free' } }, { blocked: true }, { tokensNotBefore: '2026-11-28T09:00:00Z' }] }
)

export function customerRoutes(app: App, deps: CustomerRouteDeps, guards: Guards): void {
  app.addSchema(CustomerSchema)
  app.addSchema(ManagedCustomerSchema)
  const onRequest = guards.principal
  const tags = ['customers']

  app.get(
    '/v1/workspaces/:workspaceId/customers',
    {
      onRequest,
      schema: {
        operationId: 'listCustomers',
        tags,
        summary: 'The customers of a workspace, newest first',
        description: "For members of the workspace, and for the customers' back end with an admin token.",
        params: WorkspaceParams,
        querystring: CustomerQuery,
        response: { 200: CountedPageOf(Ref(ManagedCustomerSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listCustomers(deps, accessOf(request, 'viewer'), request.query)
  )

  app.get(
    '/v1/workspaces/:workspaceId/customers/:customerId',
    {
      onRequest,
      schema: {
        operationId: 'getCustomer',
        tags,
        summary: 'One customer',
        params: CustomerParams,
        response: { 200: Ref(ManagedCustomerSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readCustomer(deps, accessOf(request, 'viewer'), request.params.customerId)
  )

  app.patch(
    '/v1/workspaces/:workspaceId/customers/:customerId',
    {
      onRequest,
      schema: {
        operationId: 'updateCustomer',
        tags,
        summary: 'Change or block a customer',
        description:
          'A token signed later overwrites a name and fields. A block is in force from the next call on, for ' +
          'integration tokens too.',
        params: CustomerParams,
        body: Change,
        response: { 200: Ref(ManagedCustomerSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      const { tokensNotBefore, ...change } = request.body
      refuseLargeFields(change.fields)
      return updateCustomer(
        deps,
        accessOf(request, 'editor'),
        request.params.customerId,
        {
          ...(change as CustomerChange),
          ...(tokensNotBefore === undefined
            ? {}
            : { tokensNotBefore: timeOf(tokensNotBefore ?? undefined, '/tokensNotBefore') ?? null })
        },
        requestActor(request)
      )
    }
  )

  app.delete(
    '/v1/workspaces/:workspaceId/customers/:customerId',
    {
      onRequest,
      schema: {
        operationId: 'deleteCustomer',
        tags,
        summary: 'Delete a customer',
        description:
          'Its integration tokens are revoked at once. Its next token creates it again, blocked if it was blocked.',
        params: CustomerParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await deleteCustomer(deps, accessOf(request, 'editor'), request.params.customerId, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.delete(
    '/v1/workspaces/:workspaceId/customers/:customerId/credentials',
    {
      onRequest,
      schema: {
        operationId: 'deleteCustomerCredentials',
        tags,
        summary: 'Remove what a customer stored for flows',
        params: CustomerParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { internalId } = await readCustomer(deps, accessOf(request, 'editor'), request.params.customerId)
      await keepCredentials(deps, internalId, new Secret(null), requestActor(request))
      return reply.code(204).send(null)
    }
  )
}

/** Returns the caller's access to the customers of the workspace that the path names. */
function accessOf<AtLeast extends MemberRole>(
  request: ParamsRequest<{ workspaceId: string }>,
  atLeast: AtLeast
): CustomerAccess<AtLeast> {
  return requireCustomerAccess(managerOf(principalOf(request)), request.params.workspaceId, atLeast)
}

/** @throws Fault `insufficient_scope` for a credential that may not manage customers */
function managerOf(principal: Principal): CustomerManager {
  if (principal.kind === 'session' || principal.kind === 'basic' || principal.kind === 'management')
    return { account: principal.account }
  if (principal.kind === 'workspace') return { workspaceId: principal.workspaceId }
  throw new Fault('insufficient_scope', { why: `a ${principal.kind} may not manage` })
}

/** @throws Fault `validation_failed` for fields that are larger than a token may have */
export function refuseLargeFields(fields: object | null | undefined): void {
  if (!fields) return
  const text = JSON.stringify(fields)
  if (text.length > MAX_FIELDS_CHARS)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/fields', message: `must not have more than ${MAX_FIELDS_CHARS} characters as JSON` }]
    })
}
