import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AccountRecord } from '../../accounts/account-cache.ts'
import { idOf, type Principal } from '../../auth/principal.ts'
import { Fault } from '../../lib/fault.ts'
import { cancelRun, type ControlDeps, listDeadLetters, replayRun, replayRuns } from '../../runs/control.ts'
import { hasSeenAll, runEvents, type RunFeed } from '../../runs/event-stream.ts'
import { listRuns, SEARCH_MAX } from '../../runs/list.ts'
import { mayRead, readRun, type ReadRunDeps, type RunReader } from '../../runs/read.ts'
import type { RunStatus } from '../../runs/run.ts'
import { MAX_ID_CHARS } from '../../platform/jws/limits.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import { callerRun, callerSummary } from '../../runs/caller-view.ts'
import { requireRunning } from '../../workspaces/access.ts'
import type { WorkspaceOrigins } from '../../workspaces/origins.ts'
import { faultOf } from '../errors.ts'
import type { EventStreams } from '../event-streams.ts'
import { type Guards, managerOf, membershipOf, principalOf, requestActor } from '../guards.ts'
import { RunParams, WorkspaceParams } from '../params.ts'
import { timeOf } from '../request.ts'
import {
  Closed,
  CountedPageOf,
  FlowProblemSchema,
  Nothing,
  Nullable,
  NullableTime,
  OneOf,
  PageOf,
  PageQuery,
  problems,
  Ref,
  Search,
  SentId,
  StepSchema,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'
import { allowPagesOfWorkspace, preflightOfWorkspaces } from '../workspace-cors.ts'

/** API tokens cannot use the management API, but they can read the runs that they started. */
const READERS: Record<string, readonly string[]>[] = [
  { session: [] },
  { cookie: [] },
  { basic: [] },
  { token: [] },
  { customer: [] }
]
/** Runs that one call replays. */
const REPLAYS_MAX = 100
const CustomerId = Type.String({ minLength: 1, maxLength: MAX_ID_CHARS, pattern: '^[^\\u0000]*$' })
const STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const

export const RunStatusSchema = OneOf(STATUSES)
const ErrorLine = Nullable(
  Type.Object({ status: Type.Integer(), title: Nullable(Type.String()), instance: Nullable(Type.String()) })
)
const summaryFields = {
  id: Type.String(),
  workspaceId: Type.String(),
  listenerId: Nullable(Type.String()),
  flowId: Type.String(),
  flowVersion: Type.Integer(),
  mode: OneOf(['sync', 'async']),
  status: RunStatusSchema,
  caller: Type.Unknown(),
  scheduled: Type.Boolean({ description: "Whether its flow's schedule started it" }),
  replayOf: Nullable(Type.String({ description: 'The run whose input it repeats' })),
  try: Type.Optional(Type.Literal(true, { description: 'An editor tried the listener, as themselves or a customer' })),
  requestId: Type.String(),
  startedAt: Time,
  finishedAt: NullableTime,
  durationMs: Nullable(Type.Integer({ description: 'null while it lives' })),
  error: ErrorLine
}
const RunSummarySchema = Type.Object(summaryFields, { $id: 'RunSummary' })
const RunSchema = Type.Object(
  {
    ...summaryFields,
    input: Type.Unknown(),
    output: Type.Unknown(),
    error: Type.Unknown(),
    steps: Type.Array(Ref(StepSchema))
  },
  { $id: 'Run' }
)

/** A run as tokens and customers see it, unless its listener shows all of it. */
const CallerRunSchema = Type.Object(
  {
    id: Type.String(),
    listenerId: Nullable(Type.String()),
    status: RunStatusSchema,
    output: Type.Optional(Type.Unknown({ description: 'Not in lists' })),
    error: Nullable(Type.Object({ status: Type.Integer(), title: Type.Optional(Type.String()) })),
    startedAt: Time,
    finishedAt: NullableTime
  },
  { $id: 'CallerRun' }
)

const RunQuery = Closed({
  ...PageQuery,
  flowId: Type.Optional(SentId),
  workspaceId: Type.Optional(SentId),
  listenerId: Type.Optional(SentId),
  tokenId: Type.Optional(SentId),
  customerId: Type.Optional({ ...CustomerId, description: 'Its id here, or the id that its back end gave it' }),
  requestId: Type.Optional(SentId),
  status: Type.Optional(
    Type.String({
      pattern: `^(?:${STATUSES.join('|')})(?:,(?:${STATUSES.join('|')}))*$`,
      maxLength: 100,
      description: `One of ${STATUSES.join(', ')}, or several with commas between them`,
      examples: ['failed,cancelled']
    })
  ),
  since: Type.Optional({ ...Time, description: 'Those that started then or later' }),
  until: Type.Optional({ ...Time, description: 'Those that started before' }),
  q: Type.Optional({
    ...Search,
    description:
      `A part of the caller's name or id. A page looks at ${SEARCH_MAX} runs, ` +
      'and may end with a cursor before it is full'
  })
})
const RunPage = CountedPageOf(Type.Union([Ref(RunSummarySchema), Ref(CallerRunSchema)]))
const RunPageSchema = Type.Object({ ...RunPage.properties, total: Type.Optional(RunPage.properties.total) })

const Replays = Closed(
  { ids: Type.Array(SentId, { minItems: 1, maxItems: REPLAYS_MAX, uniqueItems: true }) },
  { examples: [{ ids: ['run_0hVt6yPmQe3UoKXc9gZsDa'] }] }
)
const ReplayedSchema = Type.Union([
  Type.Object({ id: Type.String(), runId: Type.String() }),
  Type.Object({ id: Type.String(), error: Type.Object({ status: Type.Integer(), code: Type.String() }) })
])

export interface RunRouteDeps extends ControlDeps, ReadRunDeps {
  feed: RunFeed
  streams: EventStreams
  listeners: RecordCache<ListenerRecord>
  workspaceOrigins: WorkspaceOrigins
  publicUrl: string
}

const AcceptedRunSchema = Type.Object(
  { runId: Type.String(), status: OneOf(['queued']), statusUrl: Type.String() },
  { $id: 'AcceptedRun' }
)
const DeadLetterSchema = Type.Object(
  {
    runId: Type.String(),
    attempts: Type.Integer({ description: 'Number of times the run was started' }),
    at: Time,
    flowId: Type.String(),
    flowName: Nullable(Type.String()),
    listenerId: Nullable(Type.String()),
    listenerName: Nullable(Type.String()),
    error: ErrorLine
  },
  { $id: 'DeadLetter' }
)
const LastEventId = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 100 })) })

export function runRoutes(app: App, deps: RunRouteDeps, guards: Guards): void {
  for (const schema of [
    RunSummarySchema,
    FlowProblemSchema,
    StepSchema,
    RunSchema,
    CallerRunSchema,
    AcceptedRunSchema,
    DeadLetterSchema
  ])
    app.addSchema(schema)

  const onRequest = [guards.principal, allowPagesOfWorkspace(deps.workspaceOrigins)]
  for (const path of ['/v1/runs/:runId', '/v1/runs/:runId/events'])
    preflightOfWorkspaces(app, deps.workspaceOrigins, path, ['GET'])

  /** Whether the caller sees all of the runs of a listener. A person does; others see what its owner lets them. */
  async function seesAll(principal: Principal, listenerId: string | null): Promise<boolean> {
    if (principal.kind !== 'token' && principal.kind !== 'customer') return true
    return listenerId !== null && (await deps.listeners.get(listenerId))?.showSteps === true
  }

  /**
   * Checks the credential again as if it came with a new request. A stream ends once the credential is revoked or its
   * account leaves the workspace.
   */
  async function mayStillRead(
    request: FastifyRequest & { params: { runId: string } },
    reply: FastifyReply
  ): Promise<boolean> {
    try {
      await guards.principal(request, reply)
      return await mayRead(deps, readerOf(principalOf(request), isRunning), request.params.runId)
    } catch (error) {
      // An error that leaves the question open is not a loss of access: the check runs again later.
      const { status } = faultOf(error)
      return status !== 401 && status !== 403
    }
  }

  app.get(
    '/v1/runs',
    {
      onRequest: guards.principal,
      schema: {
        operationId: 'listRuns',
        tags: ['runs'],
        summary: 'The runs that the caller may read, newest first',
        security: READERS,
        querystring: RunQuery,
        response: { 200: RunPageSchema, ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { since, until, status, ...filter } = request.query
      const principal = principalOf(request)
      const { items, ...page } = await listRuns(deps, readerOf(principal), {
        ...filter,
        statuses: status === undefined ? undefined : [...new Set(status.split(',') as RunStatus[])],
        since: timeOf(since, '/since'),
        until: timeOf(until, '/until')
      })
      return {
        ...page,
        items: await Promise.all(
          items.map(async (run) => ((await seesAll(principal, run.listenerId)) ? run : callerSummary(run)))
        )
      }
    }
  )

  app.get(
    '/v1/runs/:runId',
    {
      onRequest,
      config: { compressible: true },
      schema: {
        operationId: 'getRun',
        tags: ['runs'],
        summary: 'A run with its data and steps; secrets are masked',
        security: READERS,
        params: RunParams,
        response: { 200: Type.Union([Ref(RunSchema), Ref(CallerRunSchema)]), ...problems(401, 403, 404) }
      }
    },
    async (request) => {
      const principal = principalOf(request)
      const run = await readRun(deps, readerOf(principal), request.params.runId)
      if (principal.kind === 'token') requireRunning(principal.account, run.workspaceId)
      return (await seesAll(principal, run.listenerId)) ? run : callerRun(run)
    }
  )

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
        summary: 'Replay several runs; the answer says of each what became of it',
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
    '/v1/runs/:runId/events',
    {
      onRequest,
      schema: {
        operationId: 'streamRunEvents',
        tags: ['runs'],
        summary: 'The events of a run as server-sent events, until it ends',
        params: RunParams,
        headers: LastEventId,
        response: {
          200: {
            description: 'Events `step` and `status`',
            content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } }
          },
          204: Nothing,
          ...problems(401, 403, 404, 429, 503)
        }
      }
    },
    async (request, reply) => {
      const { runId } = request.params
      const lastEventId = request.headers['last-event-id']
      const principal = principalOf(request)
      const { listenerId, workspaceId } = await readRun(deps, readerOf(principal), runId)
      if ('account' in principal) requireRunning(principal.account, workspaceId)
      const withSteps = await seesAll(principal, listenerId)
      if (hasSeenAll(lastEventId)) return reply.code(204).send()
      return deps.streams.answer(reply, streamOwner(principalOf(request)), (signal) =>
        runEvents(deps.feed, { runId, lastEventId, withSteps, signal, isAllowed: () => mayStillRead(request, reply) })
      )
    }
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

/**
 * The runs that a caller may read: a person those of their workspaces, a token those that it started, and a customer
 * those that ran for it.
 * @param includes which workspaces count
 */
function readerOf(
  principal: Principal,
  includes: (account: AccountRecord, workspaceId: string) => boolean = () => true
): RunReader {
  if (principal.kind === 'customer') return { customerId: principal.customer.id }
  if ('account' in principal) {
    const { account } = principal
    const workspaceIds = [...account.memberships.keys()].filter((id) => includes(account, id))
    if (principal.kind !== 'token') return { workspaceIds }
    const scope = principal.access?.scope
    return {
      tokenId: principal.token.id,
      workspaceIds,
      ...(scope ? { scope: [...scope.listeners, ...scope.workspaces] } : {})
    }
  }
  throw new Fault('insufficient_scope', { why: `a ${principal.kind} has no runs` })
}

function isRunning(account: AccountRecord, workspaceId: string): boolean {
  return !account.suspendedWorkspaces.has(workspaceId)
}

function streamOwner(principal: Principal): string {
  if (principal.kind === 'anonymous') throw new Fault('unauthenticated')
  return idOf(principal)
}
