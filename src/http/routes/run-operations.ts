import { Type } from 'typebox'
import { type CancelDeps, cancelRun } from '../../runs/cancel-run.ts'
import { listDeadLetters } from '../../runs/dead-letters.ts'
import { type ReplayDeps, replayRun, replayRuns } from '../../runs/replay-run.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { RunParams, WorkspaceParams } from '../params.ts'
import { Closed, Nothing, PageOf, PageQuery, problems, Ref } from '../schemas.ts'
import type { App } from '../server.ts'
import { AcceptedRunSchema, DeadLetterSchema, ReplayedSchema, Replays } from './run-schemas.ts'

export type RunOperationRouteDeps = CancelDeps & ReplayDeps & { publicUrl: string }

/** Cancels and replays runs, and lists dead letters. */
export function runOperationRoutes(app: App, deps: RunOperationRouteDeps, guards: Guards): void {
  for (const schema of [AcceptedRunSchema, DeadLetterSchema]) app.addSchema(schema)

  app.post(
    '/v1/runs/:runId/cancel',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'cancelRun',
        tags: ['runs'],
        summary: 'Cancel a live run and abort its current call',
        params: RunParams,
        response: { 204: Nothing, ...problems(401, 403, 404, 409) }
      }
    },
    async (request, reply) => {
      await cancelRun(deps, managerOf(request).account, request.params.runId, requestActor(request))
      return reply.code(204).send()
    }
  )

  app.post(
    '/v1/runs/:runId/replay',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'replayRun',
        tags: ['runs'],
        summary: 'Run the published version of the flow again, on the same input',
        params: RunParams,
        response: { 202: Ref(AcceptedRunSchema), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { runId } = await replayRun(deps, managerOf(request).account, request.params.runId, requestActor(request))
      const statusUrl = `${deps.publicUrl}/v1/runs/${runId}`
      return reply.code(202).header('Location', statusUrl).send({ runId, status: 'queued', statusUrl })
    }
  )

  app.post(
    '/v1/runs/replay',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'replayRuns',
        tags: ['runs'],
        summary: 'Replay several runs; the answer has a result for each',
        body: Replays,
        response: { 202: Type.Object({ items: Type.Array(ReplayedSchema) }), ...problems(400, 401, 403) }
      }
    },
    async (request, reply) =>
      reply
        .code(202)
        .send({ items: await replayRuns(deps, managerOf(request).account, request.body.ids, requestActor(request)) })
  )

  app.get(
    '/v1/workspaces/:workspaceId/dead-letters',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listDeadLetters',
        tags: ['runs'],
        summary: 'Dead-lettered runs',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(DeadLetterSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listDeadLetters(deps, membershipOf(request, 'viewer'), request.query)
  )
}
