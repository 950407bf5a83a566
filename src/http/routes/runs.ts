import type { Readable } from 'node:stream'
import type { Reads } from '../../platform/db/reads.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AccountRecord } from '../../accounts/account-cache.ts'
import { idOf, type Principal } from '../../auth/principal.ts'
import { Fault } from '../../lib/fault.ts'
import { hasSeenAll, runEvents, type RunFeed } from '../../runs/event-stream.ts'
import { listRuns } from '../../runs/list.ts'
import { mayRead, readRun, type ReadRunDeps, type RunReader } from '../../runs/read.ts'
import type { RunStatus } from '../../runs/run.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import { callerRun, callerSummary } from '../../runs/caller-view.ts'
import { requireRunning } from '../../workspaces/access.ts'
import type { WorkspaceOrigins } from '../../workspaces/origins.ts'
import { faultOf } from '../errors.ts'
import type { EventStreams } from '../event-streams.ts'
import { type Guards, principalOf } from '../guards.ts'
import { RunParams } from '../params.ts'
import { timeOf } from '../request.ts'
import { FlowProblemSchema, Nothing, problems, Ref, StepSchema } from '../schemas.ts'
import type { App } from '../server.ts'
import { allowPagesOfWorkspace, preflightOfWorkspaces } from '../workspace-cors.ts'
import { CallerRunSchema, LastEventId, RunPageSchema, RunQuery, RunSchema, RunSummarySchema } from './run-schemas.ts'

/** API tokens cannot use the management API, but they can read the runs that they started. */
const READERS: Record<string, readonly string[]>[] = [
  { session: [] },
  { cookie: [] },
  { basic: [] },
  { token: [] },
  { customer: [] }
]
export interface RunRouteDeps extends ReadRunDeps {
  reads: Reads
  feed: RunFeed
  streams: EventStreams
  listeners: RecordCache<ListenerRecord>
  workspaceOrigins: WorkspaceOrigins
}

export function runRoutes(app: App, deps: RunRouteDeps, guards: Guards): void {
  for (const schema of [RunSummarySchema, FlowProblemSchema, StepSchema, RunSchema, CallerRunSchema])
    app.addSchema(schema)

  const onRequest = [guards.principal, allowPagesOfWorkspace(deps.workspaceOrigins)]
  for (const path of ['/v1/runs/:runId', '/v1/runs/:runId/events'])
    preflightOfWorkspaces(app, deps.workspaceOrigins, path, ['GET'])

  /**
   * Whether the caller sees runs of a listener in full. A person does; tokens and customers do if the listener has
   * `showSteps`.
   */
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
      const wanted = {
        ...filter,
        statuses: status === undefined ? undefined : [...new Set(status.split(',') as RunStatus[])],
        since: timeOf(since, '/since'),
        until: timeOf(until, '/until')
      }
      const { items, ...page } = await deps.reads((database) =>
        listRuns({ ...deps, database }, readerOf(principal), wanted)
      )
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
}

/**
 * The runs that a caller may read: those of their workspaces for a person, those that it started for a token, and those
 * that ran for it for a customer.
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
