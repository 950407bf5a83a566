import { Type } from 'typebox'
import { createSink } from '../../events/sinks/create.ts'
import { listSinks, readFirstSink, readSink } from '../../events/sinks/read.ts'
import { removeFirstSink, removeSink } from '../../events/sinks/remove.ts'
import { rotateSinkSecret } from '../../events/sinks/rotate-secret.ts'
import { setFirstSink } from '../../events/sinks/set-first.ts'
import { SINK_TYPES_MAX, SINK_URL_MAX_CHARS, SINKS_MAX, type SinkDeps } from '../../events/sinks/sink.ts'
import { TYPE_PATTERN } from '../../events/sinks/types.ts'
import { updateSink } from '../../events/sinks/update.ts'
import type { Database } from '../../platform/db/client.ts'
import { parseEgressAllow } from '../../platform/egress/index.ts'
import { SECRET_OVERLAP_MAX_SECONDS } from '../../workspaces/rotate-secret.ts'
import type { App } from '../server.ts'
import { type Guards, membershipOf, requestActor } from '../guards.ts'
import { SinkParams, WorkspaceParams } from '../params.ts'
import { Closed, Nullable, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import { noStore } from './accounts.ts'

export interface EventSinkRouteDeps extends Omit<SinkDeps, 'allow'> {
  database: Database
  /** Entries of EGRESS_ALLOW. */
  egressAllow: readonly string[]
}

const Url = Type.String({ minLength: 1, maxLength: SINK_URL_MAX_CHARS })
const Types = Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: TYPE_PATTERN }), {
  maxItems: SINK_TYPES_MAX,
  uniqueItems: true,
  description: 'The types that the sink receives: `order.placed`, or `order.*` for all below it. Empty = every type'
})
const Enabled = Type.Boolean({
  description: 'Whether events are delivered. Events that are emitted while it is off are not delivered later'
})
const Secret = Type.String({
  description: '`whsec_` and base64: verifies signatures (Standard Webhooks). Shown in this answer and never again'
})

const sinkFields = { id: Type.String(), url: Type.String(), types: Types, enabled: Enabled, createdAt: Time }
const SinkSchema = Type.Object(sinkFields, { $id: 'EventSink' })
const NewSinkSchema = Type.Object({ ...sinkFields, secret: Secret }, { $id: 'NewEventSink' })
const RotatedSchema = Type.Object(
  {
    secret: Secret,
    overlapEndsAt: Nullable({ ...Time, description: 'Until when deliveries are signed with the previous secret too' })
  },
  { $id: 'RotatedEventSinkSecret' }
)

const FirstSinkBody = Closed({ url: Url }, { examples: [{ url: 'https://example.com/events' }] })
const NewSinkBody = Closed(
  { url: Url, types: Type.Optional(Types), enabled: Type.Optional(Enabled) },
  { examples: [{ url: 'https://example.com/events', types: ['com.example.order.*', 'sluice.run.failed'] }] }
)
const ChangeBody = Closed(
  { url: Type.Optional(Url), types: Type.Optional(Types), enabled: Type.Optional(Enabled) },
  { examples: [{ enabled: false }] }
)
const RotationBody = Type.Optional(
  Closed(
    {
      overlapSeconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: SECRET_OVERLAP_MAX_SECONDS,
          default: 0,
          description: 'How long deliveries are signed with both secrets; 0 = with the new one alone from now on'
        })
      )
    },
    { examples: [{ overlapSeconds: 86_400 }] }
  )
)

export function eventSinkRoutes(app: App, deps: EventSinkRouteDeps, guards: Guards): void {
  for (const schema of [SinkSchema, NewSinkSchema, RotatedSchema]) app.addSchema(schema)
  const onRequest = guards.manager
  const tags = ['events']
  const sinkDeps = { ...deps, allow: parseEgressAllow(deps.egressAllow) }

  app.post(
    '/v1/workspaces/:workspaceId/sinks',
    {
      onRequest,
      schema: {
        operationId: 'createSink',
        tags,
        summary: 'Have events delivered to a URL, and create the secret that signs them',
        description: `A workspace has at most ${SINKS_MAX} sinks. They are independent of each other.`,
        params: WorkspaceParams,
        body: NewSinkBody,
        response: { 201: Ref(NewSinkSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request, reply) => {
      const { url, types = [], enabled = true } = request.body
      const membership = membershipOf(request, 'owner')
      const { sink, secret } = await createSink(sinkDeps, membership, { url, types, enabled }, requestActor(request))
      noStore(reply)
      return reply.code(201).send({ ...sink, secret: secret.reveal() })
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/sinks',
    {
      onRequest,
      schema: {
        operationId: 'listSinks',
        tags,
        summary: 'The sinks of a workspace, newest first',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(SinkSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listSinks(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.get(
    '/v1/workspaces/:workspaceId/sinks/:sinkId',
    {
      onRequest,
      schema: {
        operationId: 'getSink',
        tags,
        summary: 'One sink',
        params: SinkParams,
        response: { 200: Ref(SinkSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readSink(deps, membershipOf(request, 'viewer'), request.params.sinkId)
  )

  app.patch(
    '/v1/workspaces/:workspaceId/sinks/:sinkId',
    {
      onRequest,
      schema: {
        operationId: 'updateSink',
        tags,
        summary: 'Change the URL or the types of a sink, or switch it on or off',
        params: SinkParams,
        body: ChangeBody,
        response: { 200: Ref(SinkSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) =>
      updateSink(sinkDeps, membershipOf(request, 'owner'), request.params.sinkId, request.body, requestActor(request))
  )

  app.delete(
    '/v1/workspaces/:workspaceId/sinks/:sinkId',
    {
      onRequest,
      schema: {
        operationId: 'deleteSink',
        tags,
        summary: 'Remove a sink; its pending deliveries are cancelled',
        params: SinkParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await removeSink(sinkDeps, membershipOf(request, 'owner'), request.params.sinkId, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/v1/workspaces/:workspaceId/sinks/:sinkId/secret/rotate',
    {
      onRequest,
      schema: {
        operationId: 'rotateSinkSecret',
        tags,
        summary: 'Replace the secret of a sink',
        params: SinkParams,
        body: RotationBody,
        response: { 201: Ref(RotatedSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { secret, overlapEndsAt } = await rotateSinkSecret(
        sinkDeps,
        membershipOf(request, 'owner'),
        request.params.sinkId,
        request.body?.overlapSeconds ?? 0,
        requestActor(request)
      )
      noStore(reply)
      return reply.code(201).send({
        secret: secret.reveal(),
        overlapEndsAt: overlapEndsAt?.toISOString() ?? null
      })
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/event-sink',
    {
      onRequest,
      schema: {
        operationId: 'getEventSink',
        tags,
        summary: 'The first sink of a workspace',
        params: WorkspaceParams,
        response: { 200: Ref(SinkSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readFirstSink(deps, membershipOf(request, 'viewer'))
  )

  app.put(
    '/v1/workspaces/:workspaceId/event-sink',
    {
      onRequest,
      schema: {
        operationId: 'setEventSink',
        tags,
        summary: 'Set the URL of the first sink and create another signing secret',
        params: WorkspaceParams,
        body: FirstSinkBody,
        response: { 200: Ref(NewSinkSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { sink, secret } = await setFirstSink(
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
        tags,
        summary: 'Remove the first sink; its pending deliveries are cancelled',
        params: WorkspaceParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await removeFirstSink(sinkDeps, membershipOf(request, 'owner'), requestActor(request))
      return reply.code(204).send(null)
    }
  )
}
