import { Type } from 'typebox'
import {
  type ActionDeps,
  createAction,
  deleteAction,
  listActions,
  readAction,
  updateAction
} from '../../actions/actions.ts'
import type { Database } from '../../platform/db/client.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { ActionParams, WorkspaceParams } from '../params.ts'
import { Closed, Name, PageOf, PageQuery, problems, Ref, SentId, Time, WebOrigin } from '../schemas.ts'
import type { App } from '../server.ts'

const ORIGINS_MAX = 50
const LISTENERS_MAX = 100

const settings = {
  origins: Type.Array(WebOrigin, {
    maxItems: ORIGINS_MAX,
    description: "Origins of the service's pages; browsers block calls from other origins"
  }),
  listeners: Type.Array(SentId, {
    maxItems: LISTENERS_MAX,
    description: "Listeners of the same workspace that its users' tokens may call"
  })
}

const ActionSchema = Type.Object(
  {
    actionPackageId: Type.String(),
    workspaceId: Type.String(),
    name: Type.String(),
    origins: Type.Array(Type.String()),
    listeners: Type.Array(Type.String()),
    createdAt: Time,
    updatedAt: Time
  },
  { $id: 'Action' }
)
const NewAction = Closed(
  { name: Name, origins: Type.Optional(settings.origins), listeners: Type.Optional(settings.listeners) },
  {
    examples: [
      { name: 'Order desk', origins: ['https://orders.example.com'], listeners: ['lsn_4fGh9xQ2bT7mZkVc1aLdPs'] }
    ]
  }
)
const ActionChange = Closed({
  name: Type.Optional(Name),
  origins: Type.Optional(settings.origins),
  listeners: Type.Optional(settings.listeners)
})
export function actionRoutes(app: App, deps: ActionDeps & { database: Database }, guards: Guards): void {
  app.addSchema(ActionSchema)
  const onRequest = guards.manager
  const tags = ['actions']

  app.post(
    '/v1/workspaces/:workspaceId/actions',
    {
      onRequest,
      schema: {
        operationId: 'createAction',
        tags,
        summary: 'Create an action for a third-party service',
        params: WorkspaceParams,
        body: NewAction,
        response: { 201: Ref(ActionSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request, reply) => {
      const { name, origins = [], listeners = [] } = request.body
      return reply
        .code(201)
        .send(
          await createAction(deps, membershipOf(request, 'editor'), { name, origins, listeners }, requestActor(request))
        )
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/actions',
    {
      onRequest,
      schema: {
        operationId: 'listActions',
        tags,
        summary: 'The actions of a workspace, newest first',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(ActionSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listActions(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.get(
    '/v1/actions/:actionId',
    {
      onRequest,
      schema: {
        operationId: 'getAction',
        tags,
        summary: 'One action',
        params: ActionParams,
        response: { 200: Ref(ActionSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readAction(deps, managerOf(request).account, request.params.actionId)
  )

  app.patch(
    '/v1/actions/:actionId',
    {
      onRequest,
      schema: {
        operationId: 'updateAction',
        tags,
        summary: 'Change an action; existing tokens follow the change',
        params: ActionParams,
        body: ActionChange,
        response: { 200: Ref(ActionSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) =>
      updateAction(deps, managerOf(request).account, request.params.actionId, request.body, requestActor(request))
  )

  app.delete(
    '/v1/actions/:actionId',
    {
      onRequest,
      schema: {
        operationId: 'deleteAction',
        tags,
        summary: "Delete an action and revoke its users' tokens at once",
        params: ActionParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await deleteAction(deps, managerOf(request).account, request.params.actionId, requestActor(request))
      return reply.code(204).send(null)
    }
  )
}
