import { Type } from 'typebox'
import { listEvents } from '../../events/list.ts'
import { redeliverEvent, type RedeliverDeps } from '../../events/redeliver.ts'
import type { App } from '../server.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { EventParams, WorkspaceParams } from '../params.ts'
import { Closed, Nullable, OneOf, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'

export type EventRouteDeps = RedeliverDeps

const stateFields = {
  status: OneOf(['none', 'pending', 'delivered', 'failed'], {
    description: 'none: no sink took the event when it was emitted. failed: no further attempt is made'
  }),
  attempts: Type.Integer(),
  nextAttemptAt: Nullable(Time),
  deliveredAt: Nullable(Time),
  failure: Nullable(Type.String({ description: 'Why the last attempt failed' }))
}
const EventSchema = Type.Object(
  {
    id: Type.String({ description: 'Also the `webhook-id` of its deliveries' }),
    event: Type.Unknown({ description: 'CloudEvents 1.0, JSON format' }),
    createdAt: Time,
    delivery: Type.Object(stateFields, {
      description:
        'All deliveries together: pending while any is pending, then failed if any failed, otherwise delivered'
    }),
    deliveries: Type.Array(Type.Object({ sinkId: Type.String(), ...stateFields }), {
      description: 'The delivery to each sink'
    })
  },
  { $id: 'Event', description: 'An event that a flow or the gateway emitted' }
)

export function eventRoutes(app: App, deps: EventRouteDeps, guards: Guards): void {
  app.addSchema(EventSchema)
  const onRequest = guards.manager

  app.get(
    '/v1/workspaces/:workspaceId/events',
    {
      onRequest,
      schema: {
        operationId: 'listEvents',
        tags: ['events'],
        summary: 'The events of a workspace, newest first',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(EventSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listEvents(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.post(
    '/v1/events/:eventId/redeliver',
    {
      onRequest,
      schema: {
        operationId: 'redeliverEvent',
        tags: ['events'],
        summary: 'Send an event again, with the same webhook-id',
        description: 'To every sink that is switched on and takes its type. 409: no sink takes it.',
        params: EventParams,
        response: { 202: Ref(EventSchema), ...problems(401, 403, 404, 409) }
      }
    },
    async (request, reply) =>
      reply
        .code(202)
        .send(await redeliverEvent(deps, managerOf(request).account, request.params.eventId, requestActor(request)))
  )
}
