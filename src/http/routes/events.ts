import { Type } from 'typebox'
import type { Database } from '../../platform/db/client.ts'
import { parseEgressAllow } from '../../platform/egress/index.ts'
import { listEvents } from '../../events/list.ts'
import { deleteSink, readSink, setSink, SINK_URL_MAX_CHARS, type SinkDeps } from '../../events/sink.ts'
import type { App } from '../server.ts'
import { type Guards, membershipOf, requestActor } from '../guards.ts'
import { WorkspaceParams } from '../params.ts'
import { Closed, Nullable, OneOf, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import { noStore } from './accounts.ts'

export interface EventRouteDeps extends Omit<SinkDeps, 'allow'> {
  database: Database
  /** Entries of EGRESS_ALLOW. */
  egressAllow: readonly string[]
}

const EventSchema = Type.Object(
  {
    id: Type.String({ description: 'Also the `webhook-id` of its deliveries' }),
    event: Type.Unknown({ description: 'CloudEvents 1.0, JSON format' }),
    createdAt: Time,
    delivery: Type.Object({
      status: OneOf(['none', 'pending', 'delivered', 'failed'], {
        description: 'none: the workspace had no sink when the event was emitted. failed: no further attempt is made'
      }),
      attempts: Type.Integer(),
      nextAttemptAt: Nullable(Time),
      deliveredAt: Nullable(Time),
      failure: Nullable(Type.String({ description: 'Why the last attempt failed' }))
    })
  },
  { $id: 'Event', description: 'An event that a flow emitted' }
)

const sinkFields = { url: Type.String(), createdAt: Time }
const SinkSchema = Type.Object(sinkFields, { $id: 'EventSink' })
const NewSinkSchema = Type.Object(
  {
    ...sinkFields,
    secret: Type.String({
      description: '`whsec_` and base64: verifies signatures (Standard Webhooks). Shown in this answer and never again'
    })
  },
  { $id: 'NewEventSink' }
)
const SinkBody = Closed(
  { url: Type.String({ minLength: 1, maxLength: SINK_URL_MAX_CHARS }) },
  { examples: [{ url: 'https://example.com/events' }] }
)

export function eventRoutes(app: App, deps: EventRouteDeps, guards: Guards): void {
  for (const schema of [EventSchema, SinkSchema, NewSinkSchema]) app.addSchema(schema)
  const onRequest = guards.manager
  const sinkDeps = { ...deps, allow: parseEgressAllow(deps.egressAllow) }

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

  app.get(
    '/v1/workspaces/:workspaceId/event-sink',
    {
      onRequest,
      schema: {
        operationId: 'getEventSink',
        tags: ['events'],
        summary: 'The sink that receives the events',
        params: WorkspaceParams,
        response: { 200: Ref(SinkSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readSink(deps, membershipOf(request, 'viewer'))
  )

  app.put(
    '/v1/workspaces/:workspaceId/event-sink',
    {
      onRequest,
      schema: {
        operationId: 'setEventSink',
        tags: ['events'],
        summary: 'Set the sink of the events and create its signing secret',
        params: WorkspaceParams,
        body: SinkBody,
        response: { 200: Ref(NewSinkSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { sink, secret } = await setSink(
        sinkDeps,
        membershipOf(request, 'owner'),
        request.body.url,
        requestActor(request)
      )
      noStore(reply)
      return { ...sink, secret: secret.reveal() }
    }
  )

  app.delete(
    '/v1/workspaces/:workspaceId/event-sink',
    {
      onRequest,
      schema: {
        operationId: 'deleteEventSink',
        tags: ['events'],
        summary: 'Remove the sink; pending deliveries are cancelled',
        params: WorkspaceParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await deleteSink(sinkDeps, membershipOf(request, 'owner'), requestActor(request))
      return reply.code(204).send(null)
    }
  )
}
