import { Type } from 'typebox'
import { Fault } from '../../lib/fault.ts'
import { listRuns } from '../../runs/list.ts'
import { readRun, type ReadRunDeps, type RunReader } from '../../runs/read.ts'
import type { Principal } from '../../auth/principal.ts'
import type { App } from '../app.ts'
import { principalOf, type Guards } from '../guards.ts'
import {
  Closed,
  IdParams,
  Nullable,
  NullableTime,
  OneOf,
  PageOf,
  PageQuery,
  problems,
  Ref,
  SentId,
  Time
} from '../schemas.ts'
import { FlowProblemSchema, StepSchema } from '../step-schema.ts'
import { timeOf } from '../time.ts'

/** API tokens manage nothing, but read the runs that they made. */
const READERS: Record<string, readonly string[]>[] = [
  { session: [] },
  { cookie: [] },
  { basic: [] },
  { token: [] },
  { customer: [] }
]
const STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const

const summaryFields = {
  id: Type.String(),
  workspaceId: Type.String(),
  listenerId: Nullable(Type.String()),
  flowId: Type.String(),
  flowVersion: Type.Integer(),
  mode: OneOf(['sync', 'async']),
  status: OneOf(STATUSES),
  caller: Type.Unknown(),
  requestId: Type.String(),
  startedAt: Time,
  finishedAt: NullableTime
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

const RunQuery = Closed({
  ...PageQuery,
  listenerId: Type.Optional(SentId),
  status: Type.Optional(OneOf(STATUSES)),
  since: Type.Optional(Time)
})

export function runRoutes(app: App, deps: ReadRunDeps, guards: Guards): void {
  for (const schema of [RunSummarySchema, FlowProblemSchema, StepSchema, RunSchema]) app.addSchema(schema)

  app.get(
    '/v1/runs',
    {
      onRequest: guards.principal,
      schema: {
        tags: ['runs'],
        summary: 'Runs I may see, newest first',
        security: READERS,
        querystring: RunQuery,
        response: { 200: PageOf(Ref(RunSummarySchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { since, ...filter } = request.query
      return listRuns(deps, readerOf(principalOf(request)), { ...filter, since: timeOf(since, '/since') })
    }
  )

  app.get(
    '/v1/runs/:id',
    {
      onRequest: guards.principal,
      schema: {
        tags: ['runs'],
        summary: 'One run with its data and steps, secrets masked',
        security: READERS,
        params: IdParams,
        response: { 200: Ref(RunSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readRun(deps, readerOf(principalOf(request)), request.params.id)
  )
}

/** A person sees the runs of the workspaces it is in; a token those of them that it made itself, and a customer those that ran for it. */
export function readerOf(principal: Principal): RunReader {
  if (principal.kind === 'token')
    return { tokenId: principal.token.id, workspaceIds: [...principal.account.memberships.keys()] }
  if (principal.kind === 'customer') return { customerId: principal.customer.id }
  if ('account' in principal) return { workspaceIds: [...principal.account.memberships.keys()] }
  throw new Fault('insufficient_scope', { why: `a ${principal.kind} has no runs` })
}
