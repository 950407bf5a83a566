import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { createListener, type ListenerDeps } from '../../listeners/create.ts'
import type { FlowDocument } from '../../dsl/index.ts'
import { readPublished } from '../../flows/read.ts'
import { deleteListener } from '../../listeners/delete.ts'
import { issueUrlToken } from '../../listeners/issue-url-token.ts'
import { findListener, listListeners, readListener } from '../../listeners/read.ts'
import { updateListener } from '../../listeners/update.ts'
import type { IssueDeps } from '../../tokens/issue.ts'
import { confirmManager } from '../confirm.ts'
import { type Guards, managementBoundsOf, managerOf, membershipOf, requestActor } from '../guards.ts'
import { listenerOpenApi } from '../openapi-listener.ts'
import { ListenerParams, WorkspaceParams } from '../params.ts'
import { CountedPageOf, problems, Ref } from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'
import {
  ListenerChange,
  ListenerQuery,
  ListenerSchema,
  NewListener,
  NewUrlToken,
  UrlTokenSchema
} from './listener-schemas.ts'

export interface ListenerRouteDeps extends ListenerDeps, IssueDeps, SessionDeps {}

export function listenerRoutes(app: App, deps: ListenerRouteDeps, guards: Guards): void {
  app.addSchema(ListenerSchema)
  app.addSchema(UrlTokenSchema)
  const onRequest = guards.manager

  app.post(
    '/v1/workspaces/:workspaceId/listeners',
    {
      onRequest,
      schema: {
        operationId: 'createListener',
        tags: ['listeners'],
        summary: 'Create a listener',
        params: WorkspaceParams,
        body: NewListener,
        response: { 201: Ref(ListenerSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request, reply) => {
      const membership = membershipOf(request, 'editor')
      return reply.code(201).send(await createListener(deps, membership, request.body, requestActor(request)))
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/listeners',
    {
      onRequest,
      schema: {
        operationId: 'listListeners',
        tags: ['listeners'],
        summary: 'The listeners of a workspace, newest first',
        params: WorkspaceParams,
        querystring: ListenerQuery,
        response: { 200: CountedPageOf(Ref(ListenerSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listListeners(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.get(
    '/v1/listeners/:listenerId',
    {
      onRequest,
      schema: {
        operationId: 'getListener',
        tags: ['listeners'],
        summary: 'One listener',
        params: ListenerParams,
        response: { 200: Ref(ListenerSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readListener(deps, managerOf(request).account, request.params.listenerId)
  )

  app.get(
    '/v1/listeners/:listenerId/openapi.json',
    {
      onRequest,
      config: { compressible: true },
      schema: {
        operationId: 'getListenerOpenApi',
        tags: ['listeners'],
        summary: 'An OpenAPI document of this listener, from the schemas of its published flow',
        params: ListenerParams,
        response: {
          200: Type.Unsafe<Record<string, unknown>>({
            type: 'object',
            additionalProperties: true,
            description: 'An OpenAPI 3.1 document'
          }),
          ...problems(401, 403, 404)
        }
      }
    },
    async (request) => {
      const { account } = managerOf(request)
      const listener = await readListener(deps, account, request.params.listenerId)
      const { document } = await readPublished(deps, account, listener.flowId)
      return listenerOpenApi({ listener, document: document as FlowDocument, publicUrl: deps.publicUrl })
    }
  )

  app.patch(
    '/v1/listeners/:listenerId',
    {
      onRequest,
      schema: {
        operationId: 'updateListener',
        tags: ['listeners'],
        summary: 'Change a listener',
        params: ListenerParams,
        body: ListenerChange,
        response: { 200: Ref(ListenerSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request) =>
      updateListener(deps, managerOf(request).account, request.params.listenerId, request.body, requestActor(request))
  )

  app.delete(
    '/v1/listeners/:listenerId',
    {
      onRequest,
      schema: {
        operationId: 'deleteListener',
        tags: ['listeners'],
        summary: 'Delete a listener',
        params: ListenerParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await deleteListener(deps, managerOf(request).account, request.params.listenerId, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/v1/listeners/:listenerId/url-token',
    {
      onRequest,
      schema: {
        operationId: 'createUrlToken',
        tags: ['listeners'],
        summary: 'Create a token that can call only this listener',
        params: ListenerParams,
        body: NewUrlToken,
        response: { 201: Ref(UrlTokenSchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request, reply) => {
      const { account } = managerOf(request)
      const { password, ...input } = request.body ?? {}
      const actor = requestActor(request)
      await findListener(deps.database.prisma, account, request.params.listenerId, 'viewer')
      const owner = await confirmManager(deps, request, { password, during: 'token creation' })
      const { listenerId } = request.params
      const issued = await issueUrlToken(deps, account, owner, listenerId, input, actor, managementBoundsOf(request))
      noStore(reply)
      return reply.code(201).send({ ...issued, token: issued.token.reveal() })
    }
  )
}
