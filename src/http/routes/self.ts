import { Type } from 'typebox'
import { readAccount } from '../../accounts/read.ts'
import { readSelf, type ReadCustomerDeps } from '../../customers/read.ts'
import { keepCredentials, type CustomerDeps } from '../../customers/update.ts'
import type { Principal } from '../../auth/principal.ts'
import { Fault } from '../../lib/fault.ts'
import type { Keyring } from '../../lib/keyring.ts'
import { Secret } from '../../lib/secret.ts'
import type { WorkspaceOrigins } from '../../workspaces/origins.ts'
import type { App } from '../server.ts'
import { type Guards, principalOf, requestActor } from '../guards.ts'
import { Closed, NullableTime, OneOf, problems, Ref } from '../schemas.ts'
import { allowPagesOfWorkspace, preflightOfWorkspaces } from '../workspace-cors.ts'
import { AccountSchema, noStore } from './accounts.ts'
import { CustomerSchema } from './customers.ts'

export type SelfRouteDeps = CustomerDeps & ReadCustomerDeps & { keyring: Keyring; workspaceOrigins: WorkspaceOrigins }

const AdminTokenSelf = Type.Object({ isAdmin: Type.Literal(true), workspaceKey: Type.String() })
const AccountSelf = Type.Object({
  kind: OneOf(['session', 'basic']),
  account: Ref(AccountSchema)
})
/** Somebody who finds a token learns only whose it is. */
const TokenSelf = Type.Object({
  kind: OneOf(['token', 'management']),
  account: Type.Object({ id: Type.String(), name: Type.String() }),
  token: Type.Object({ id: Type.String(), name: Type.String(), expiresAt: NullableTime })
})

const Credentials = Closed(
  {
    credentials: Type.Unknown({
      description: 'Any JSON value up to 64 KiB: text, or an object such as { username, password }. null deletes it'
    })
  },
  { examples: [{ credentials: { apiKey: "of the customer's own CRM" } }] }
)

/** Routes about the caller itself. */
export function selfRoutes(app: App, deps: SelfRouteDeps, guards: Guards): void {
  preflightOfWorkspaces(app, deps.workspaceOrigins, '/v1/self', ['GET', 'PATCH'])

  app.get(
    '/v1/self',
    {
      onRequest: [guards.principal, allowPagesOfWorkspace(deps.workspaceOrigins)],
      schema: {
        operationId: 'getSelf',
        tags: ['customers'],
        summary: 'The caller',
        description: 'For accounts, API tokens, customers and admin tokens; each kind has its own form.',
        response: {
          200: Type.Unsafe({ anyOf: [Ref(CustomerSchema), AdminTokenSelf, AccountSelf, TokenSelf] }),
          ...problems(401, 403)
        }
      }
    },
    async (request, reply) => {
      noStore(reply)
      return describe(deps, principalOf(request))
    }
  )

  app.patch(
    '/v1/self',
    {
      onRequest: [guards.principal, allowPagesOfWorkspace(deps.workspaceOrigins)],
      schema: {
        operationId: 'updateSelf',
        tags: ['customers'],
        summary: 'Store credentials for flows',
        description:
          'For customers. The value is stored encrypted and never returned. ' +
          'Flows that name the secret `customer` read it as `$secrets.customer` in runs for this customer.',
        body: Credentials,
        response: { 200: Ref(CustomerSchema), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const principal = principalOf(request)
      if (principal.kind !== 'customer')
        throw new Fault('insufficient_scope', {
          why: `a ${principal.kind} stores no credentials`,
          detail: 'Only customers can store credentials.'
        })
      return keepCredentials(
        deps,
        principal.customer.id,
        new Secret(request.body.credentials ?? null),
        requestActor(request)
      )
    }
  )
}

async function describe(deps: SelfRouteDeps, principal: Principal): Promise<unknown> {
  switch (principal.kind) {
    case 'customer':
      return readSelf(deps, principal.customer.id)
    case 'workspace':
      return { isAdmin: true, workspaceKey: principal.workspaceKey }
    case 'session':
    case 'basic':
      return { kind: principal.kind, account: await readAccount(deps.database, principal.account.id) }
    case 'token':
    case 'management':
      return {
        kind: principal.kind,
        account: { id: principal.account.id, name: principal.account.name },
        token: {
          id: principal.token.id,
          name: principal.token.name,
          expiresAt: principal.token.expiresAt === Infinity ? null : new Date(principal.token.expiresAt).toISOString()
        }
      }
    default:
      throw new Fault('insufficient_scope', { why: `a ${principal.kind} has no profile` })
  }
}
