import type { FastifyReply, FastifyRequest } from 'fastify'
import { readSelf } from '../../customers/read.ts'
import { keepCredentials } from '../../customers/update.ts'
import { Fault } from '../../lib/fault.ts'
import { Secret } from '../../lib/secret.ts'
import type { WorkspaceOrigins } from '../../workspaces/origins.ts'
import { Type } from 'typebox'
import { answerPreflight } from '../cors.ts'
import { faultOf } from '../errors.ts'
import { type Guards, principalOf, requestActor } from '../guards.ts'
import { problemHeaders } from '../problem.ts'
import type { App } from '../server.ts'
import { allowPagesOfWorkspace } from '../workspace-cors.ts'
import { membraneActionRoutes } from './actions.ts'
import { membraneCustomer, type MembraneCustomerDeps, membraneCustomerRoutes } from './customers.ts'
import { membraneError } from './errors.ts'
import { type MembraneFlowRunDeps, membraneFlowRunRoutes } from './flow-runs.ts'

export type MembraneDeps = MembraneCustomerDeps & MembraneFlowRunDeps & { workspaceOrigins: WorkspaceOrigins }

const PREFIX = '/membrane'
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * The paths, shapes and errors of the SDKs of integration.app (`@integration-app/sdk`) and Membrane
 * (`@membranehq/sdk`): with `apiUri: <PUBLIC_URL>/membrane` they work unmodified for the caller itself, customers,
 * actions and flow runs. Connectors and hosted screens are products of their own and do not exist here.
 *
 * These routes are not in the OpenAPI document, which describes this gateway's own API.
 * @example
 * const membrane = new MembraneClient({ apiUri: 'https://gateway.example.com/membrane', token })
 * const { output } = await membrane.action('price-lookup').run({ sku: 'A-1' })
 */
export function membraneRoutes(app: App, deps: MembraneDeps, guards: Guards): void {
  void app.register(
    async (scope: App) => {
      scope.setErrorHandler((error, request, reply) => sendError(faultOf(error), request, reply))
      scope.addHook('onRoute', (route) => {
        route.schema = { ...route.schema, hide: true }
      })
      scope.options('/*', {}, async (request, reply) => {
        const { origin } = request.headers
        const allowed = origin !== undefined && (await deps.workspaceOrigins.isKnown(origin))
        return answerPreflight(request, reply, allowed, METHODS)
      })
      await scope.register(async (guarded: App) => {
        guarded.addHook('onRequest', async (_request, reply) => void reply.header('Cache-Control', 'no-store'))
        guarded.addHook('onRequest', guards.principal)
        guarded.addHook('onRequest', allowPagesOfWorkspace(deps.workspaceOrigins))
        selfRoutes(guarded, deps)
        membraneCustomerRoutes(guarded, deps)
        membraneActionRoutes(guarded, deps)
        membraneFlowRunRoutes(guarded, deps)
        guarded.route({
          method: [...METHODS],
          url: '/*',
          handler: async (request) => {
            throw new Fault('not_found', {
              why: 'not_supported',
              detail:
                `${request.method} ${request.url.split('?', 1)[0]} does not exist here: this gateway has customers, ` +
                'actions (its listeners) and flow runs, but no connectors, connections and hosted screens.'
            })
          }
        })
      })
    },
    { prefix: PREFIX }
  )
}

function selfRoutes(app: App, deps: MembraneCustomerDeps): void {
  app.get('/self', {}, async (request) => {
    const principal = principalOf(request)
    if (principal.kind === 'workspace') return { isAdmin: true, workspaceKey: principal.workspaceKey }
    const { id, workspaceKey } = customerOf(principal)
    return { ...membraneCustomer(await readSelf(deps, id)), workspaceKey }
  })

  app.patch(
    '/self',
    { schema: { body: Type.Object({ credentials: Type.Optional(Type.Unknown()) }, { additionalProperties: true }) } },
    async (request) => {
      const { id, workspaceKey } = customerOf(principalOf(request))
      const kept = await keepCredentials(deps, id, new Secret(request.body.credentials ?? null), requestActor(request))
      return { ...membraneCustomer(kept), workspaceKey }
    }
  )
}

function customerOf(principal: ReturnType<typeof principalOf>): { id: string; workspaceKey: string } {
  if (principal.kind !== 'customer')
    throw new Fault('insufficient_scope', {
      why: `a ${principal.kind} is no customer`,
      detail: 'Send a token that the workspace of the customers signed.'
    })
  return { id: principal.customer.id, workspaceKey: principal.workspaceKey }
}

function sendError(fault: Fault, request: FastifyRequest, reply: FastifyReply): void {
  request.fault = fault
  void reply
    .code(fault.status === 405 ? 404 : fault.status)
    .headers(problemHeaders(fault, request))
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(membraneError(fault, request.id))
}
