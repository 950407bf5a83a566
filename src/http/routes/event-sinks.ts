import { Type } from 'typebox'
import { createSink } from '../../events/sinks/create.ts'
import { listSinks, readFirstSink, readSink } from '../../events/sinks/read.ts'
import { removeFirstSink, removeSink } from '../../events/sinks/remove.ts'
import { rotateSinkSecret } from '../../events/sinks/rotate-secret.ts'
import { setFirstSink } from '../../events/sinks/set-first.ts'
import { SINKS_MAX, type SinkDeps } from '../../events/sinks/sink.ts'
import { updateSink } from '../../events/sinks/update.ts'
import type { Database } from '../../platform/db/client.ts'
import { parseEgressAllow } from '../../platform/egress/index.ts'
import type { App } from '../server.ts'
import { type Guards, membershipOf, requestActor } from '../guards.ts'
import { SinkParams, WorkspaceParams } from '../params.ts'
import { Closed, PageOf, PageQuery, problems, Ref } from '../schemas.ts'
import { noStore } from './accounts.ts'
import {
  ChangeBody,
  FirstSinkBody,
  NewSinkBody,
  NewSinkSchema,
  RotatedSchema,
  RotationBody,
  SinkSchema
} from './event-sink-schemas.ts'

export interface EventSinkRouteDeps extends Omit<SinkDeps, 'allow'> {
  database: Database
  /** Entries of EGRESS_ALLOW. */
  egressAllow: readonly string[]
}

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
