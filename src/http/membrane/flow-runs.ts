import { Type } from 'typebox'
import type { Principal } from '../../auth/principal.ts'
import { Fault } from '../../lib/fault.ts'
import { isObject } from '../../lib/json.ts'
import { type CancelDeps, cancelRunForReader } from '../../runs/cancel-run.ts'
import { listRuns } from '../../runs/list.ts'
import { type ReadRunDeps, readRun, type RunDetail, type RunReader, type RunSummary } from '../../runs/read.ts'
import type { RunStatus } from '../../runs/run.ts'
import { principalOf, requestActor } from '../guards.ts'
import { timeOf } from '../request.ts'
import { SentId } from '../schemas.ts'
import type { App } from '../server.ts'
import { callNamed, type MembraneActionDeps } from './actions.ts'
import { cursorOf, PageQuery } from './pages.ts'

export type MembraneFlowRunDeps = CancelDeps & ReadRunDeps & MembraneActionDeps

type State = 'queued' | 'running' | 'completed' | 'failed' | 'stopped'
const STATES: Readonly<Record<RunStatus, State>> = {
  queued: 'queued',
  running: 'running',
  waiting: 'running',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'stopped'
}

const FlowRunId = Type.Object({ runId: SentId })
const Query = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(Type.String({ enum: [...new Set(Object.values(STATES))] })),
    userId: Type.Optional(SentId),
    flowInstanceId: Type.Optional(SentId),
    connectionFlowId: Type.Optional(SentId),
    startedAfter: Type.Optional(Type.String({ format: 'date-time' })),
    from: Type.Optional(Type.String({ format: 'date-time' })),
    to: Type.Optional(Type.String({ format: 'date-time' }))
  },
  { additionalProperties: true }
)
const NewFlowRun = Type.Object(
  {
    flowInstanceId: Type.Optional(SentId),
    connectionFlowId: Type.Optional(SentId),
    flowKey: Type.Optional(SentId),
    input: Type.Optional(Type.Unknown())
  },
  { additionalProperties: true }
)

/** A flow run of the SDKs is a run. Its flow is the listener that started it. */
export function membraneFlowRunRoutes(app: App, deps: MembraneFlowRunDeps): void {
  app.get('/flow-runs', { schema: { querystring: Query } }, async (request) => {
    const { limit, cursor, state, userId, startedAfter, from, to, flowInstanceId, connectionFlowId } = request.query
    const listenerId = connectionFlowId ?? flowInstanceId
    const page = await listRuns(deps, readerOf(principalOf(request)), {
      limit,
      cursor: cursorOf(cursor),
      since: timeOf(from ?? startedAfter, '/from'),
      until: timeOf(to, '/to'),
      statuses: state === undefined ? undefined : statusesOf(state),
      ...(userId === undefined ? {} : { customerId: userId }),
      ...(listenerId === undefined ? {} : { listenerId })
    })
    return {
      items: page.items.map(flowRun),
      ...(page.nextCursor === null ? {} : { cursor: page.nextCursor })
    }
  })

  app.post('/flow-runs', { schema: { body: NewFlowRun } }, async (request, reply) => {
    const { flowInstanceId, connectionFlowId, flowKey, input } = request.body
    const named = connectionFlowId ?? flowInstanceId ?? flowKey
    if (named === undefined)
      throw new Fault('validation_failed', { errors: [{ pointer: '/flowInstanceId', message: 'is missing' }] })
    const { runId } = await callNamed(deps, request, named, input, { prefer: 'respond-async' })
    return reply.code(201).send(await find(principalOf(request), runId))
  })

  app.get('/flow-runs/:runId', { schema: { params: FlowRunId } }, async (request) =>
    find(principalOf(request), request.params.runId)
  )

  app.get('/flow-runs/:runId/output', { schema: { params: FlowRunId } }, async (request, reply) => {
    const run = await readRun(deps, readerOf(principalOf(request)), request.params.runId)
    // The serializer accepts only objects, but an output can be any JSON value.
    return reply
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(run.output ?? null)
  })

  app.post('/flow-runs/:runId/stop', { schema: { params: FlowRunId } }, async (request, reply) => {
    await cancelRunForReader(deps, readerOf(principalOf(request)), request.params.runId, requestActor(request))
    return reply.code(204).send()
  })

  async function find(principal: Principal, runId: string): Promise<FlowRun> {
    const run = await readRun(deps, readerOf(principal), runId)
    const isWhole =
      principal.kind === 'workspace' ||
      (run.listenerId !== null && (await deps.listeners.get(run.listenerId))?.showSteps === true)
    return { ...flowRun(run), ...(isWhole ? { input: bodyOf(run.input) } : {}) }
  }
}

interface FlowRun {
  id: string
  name?: string
  userId: string
  flowInstanceId: string
  connectionFlowId: string
  startNodeKey: string
  state: State
  startTime: string
  endTime?: string
  errors?: { type: 'flow_run'; message: string }[]
  launchedBy: { type: 'api-trigger' | 'schedule-trigger' }
  input?: unknown
}

function flowRun(run: RunSummary | RunDetail): FlowRun {
  const { id, listenerId, flowId, status, caller, scheduled, startedAt, finishedAt, error } = run
  const flow = listenerId ?? flowId
  return {
    id,
    userId: userOf(caller),
    flowInstanceId: flow,
    connectionFlowId: flow,
    startNodeKey: scheduled ? 'schedule' : 'listener',
    state: STATES[status],
    startTime: startedAt,
    ...(finishedAt === null ? {} : { endTime: finishedAt }),
    ...(status === 'failed' ? { errors: [{ type: 'flow_run', message: messageOf(error) }] } : {}),
    launchedBy: { type: scheduled ? 'schedule-trigger' : 'api-trigger' }
  }
}

/** The customer of a run; the id of the caller if it has none. */
function userOf(caller: unknown): string {
  const { internalId, id } = isObject(caller) ? caller : {}
  for (const known of [internalId, id]) if (typeof known === 'string') return known
  return ''
}

function messageOf(error: unknown): string {
  const { title } = isObject(error) ? error : {}
  return typeof title === 'string' ? title : 'The run failed.'
}

/** The input of a run in the SDKs, which is the body of the call. */
function bodyOf(input: unknown): unknown {
  return isObject(input) && 'body' in input ? input.body : input
}

function statusesOf(state: string): RunStatus[] {
  return (Object.keys(STATES) as RunStatus[]).filter((status) => STATES[status] === state)
}

/** A customer sees its own runs, and the customers' back end sees those of the workspace. */
function readerOf(principal: Principal): RunReader {
  if (principal.kind === 'customer') return { customerId: principal.customer.id }
  if (principal.kind === 'workspace') return { workspaceIds: [principal.workspaceId] }
  throw new Fault('insufficient_scope', {
    why: `a ${principal.kind} has no flow runs`,
    detail: 'Send a token that the workspace of the customers signed.'
  })
}
