import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Principal } from '../../auth/principal.ts'
import type { Answer } from '../../gateway/respond.ts'
import { Fault } from '../../lib/fault.ts'
import { findNamedListener } from '../../listeners/find-named.ts'
import type { Database } from '../../platform/db/client.ts'
import { callAsPost, type CallAsPostDeps } from '../call-as-post.ts'
import { principalOf } from '../guards.ts'
import type { App } from '../server.ts'

export interface MembraneActionDeps extends CallAsPostDeps {
  database: Database
}

const Selector = Type.String({ minLength: 1, maxLength: 200 })
const ByKey = Type.Object({ action: Selector })
const Wrapped = Type.Object({ input: Type.Optional(Type.Unknown()) }, { additionalProperties: true })

/** An action of the SDKs is a listener, named by its key, its id or its name. */
export function membraneActionRoutes(app: App, deps: MembraneActionDeps): void {
  const run = async (request: FastifyRequest, named: string, input: unknown) => {
    const { answer, runId } = await callNamed(deps, request, named, input)
    return { output: answer.body ?? null, actionRunId: runId }
  }

  app.post('/actions/:action/run', { schema: { params: ByKey, body: Wrapped } }, async (request) =>
    run(request, request.params.action, request.body.input)
  )
  app.post(
    '/action/run',
    { schema: { querystring: Type.Object({ key: Selector }, { additionalProperties: true }), body: Wrapped } },
    async (request) => run(request, request.query.key, request.body.input)
  )
  app.post(
    '/connections/:connection/actions/:action/run',
    { schema: { params: Type.Object({ connection: Selector, action: Selector }) } },
    async (request) => run(request, request.params.action, request.body)
  )
  app.post(
    '/action-instance/run',
    {
      schema: {
        querystring: Type.Object(
          { actionKey: Type.Optional(Selector), actionId: Type.Optional(Selector), id: Type.Optional(Selector) },
          { additionalProperties: true }
        )
      }
    },
    async (request) => {
      const { actionKey, actionId, id } = request.query
      const named = actionKey ?? actionId ?? id
      if (named === undefined)
        throw new Fault('validation_failed', { errors: [{ pointer: '/actionKey', message: 'is missing' }] })
      return run(request, named, request.body)
    }
  )
}

/**
 * Calls a listener of the caller's workspace as `POST` with `input` as its JSON body.
 * @param headers added to those of the request
 * @throws Fault as a call of the listener's own URL
 */
export async function callNamed(
  deps: MembraneActionDeps,
  request: FastifyRequest,
  named: string,
  input: unknown,
  headers: Readonly<Record<string, string>> = {}
): Promise<{ answer: Answer; runId: string }> {
  const principal = principalOf(request)
  const listenerId = await findNamedListener(deps.database, workspaceOf(principal), named)
  return callAsPost(deps, request, {
    principal,
    carrier: 'bearer',
    listenerId,
    body: input,
    headers: { ...request.headers, ...headers }
  })
}

/** @throws Fault `insufficient_scope` for a caller that is not a customer of a workspace */
function workspaceOf(principal: Principal): string {
  if (principal.kind === 'customer') return principal.workspaceId
  throw new Fault('insufficient_scope', {
    why: `a ${principal.kind} runs no actions`,
    detail: 'Actions run for a customer: send a token that has the id of one.'
  })
}
