import { Type } from 'typebox'
import type { Clock } from '../../lib/clock.ts'
import { findListener } from '../../listeners/read.ts'
import type { Database } from '../../platform/db/client.ts'
import type { Reads } from '../../platform/db/reads.ts'
import type { CallRecorder } from '../../requests/call-recorder.ts'
import {
  readCallUsage,
  USAGE_ITEMS_MAX,
  USAGE_KEYS,
  USAGE_UNITS,
  type UsageKey,
  type UsageQuery
} from '../../requests/read-usage.ts'
import { type Guards, managerOf, membershipOf } from '../guards.ts'
import { ListenerParams, WorkspaceParams } from '../params.ts'
import { timeOf } from '../request.ts'
import { Closed, Nullable, OneOf, problems, Ref, Time } from '../schemas.ts'
import type { App } from '../server.ts'

export interface UsageRouteDeps {
  database: Database
  reads: Reads
  clock: Clock
  calls: CallRecorder
}

const CallUsageSchema = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        at: Time,
        key: Nullable(
          Type.String({ description: 'A listener, token or outcome; null = no token, or none that is known' })
        ),
        calls: Type.Integer({ description: 'All, the refused and failed ones too' }),
        refused: Type.Integer({ description: 'No run was started' }),
        failed: Type.Integer({ description: 'Their run failed' }),
        p50Ms: Nullable(Type.Number()),
        p99Ms: Nullable(Type.Number())
      }),
      {
        description:
          'Newest buckets first; within a bucket, most calls first. Empty buckets are left out. ' +
          `There are at most the newest ${USAGE_ITEMS_MAX} items`
      }
    )
  },
  { $id: 'CallUsage' }
)

const usageQuery = (by: UsageKey) =>
  Closed({
    by: OneOf(USAGE_KEYS, { default: by }),
    unit: OneOf(USAGE_UNITS, { default: 'day', description: 'Hours are kept for 8 days, days for 400. In UTC' }),
    since: Type.Optional({ ...Time, description: 'By default 48 hours, or 30 days, ago' }),
    until: Type.Optional({ ...Time, description: 'Before this time' })
  })

/** The numbers of calls of listeners. */
export function usageRoutes(app: App, { database, reads, ...deps }: UsageRouteDeps, guards: Guards): void {
  app.addSchema(CallUsageSchema)
  const read = (of: Parameters<typeof readCallUsage>[1], query: UsageQuery) =>
    reads(({ pool }) => readCallUsage({ ...deps, pool }, of, query))

  app.get(
    '/v1/workspaces/:workspaceId/usage',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getWorkspaceUsage',
        tags: ['runs'],
        summary: 'Calls of the listeners of a workspace, by hour or day',
        params: WorkspaceParams,
        querystring: usageQuery('listener'),
        response: { 200: Ref(CallUsageSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      const { workspaceId } = membershipOf(request, 'viewer')
      return { items: await read({ workspaceId }, rangeOf(request.query)) }
    }
  )

  app.get(
    '/v1/listeners/:listenerId/usage',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getListenerUsage',
        tags: ['listeners'],
        summary: 'Calls of a listener, by hour or day',
        params: ListenerParams,
        querystring: usageQuery('outcome'),
        response: { 200: Ref(CallUsageSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      const { id } = await findListener(
        database.prisma,
        managerOf(request).account,
        request.params.listenerId,
        'viewer'
      )
      return { items: await read({ listenerId: id }, rangeOf(request.query)) }
    }
  )
}

function rangeOf<Q extends { since?: string; until?: string }>({ since, until, ...rest }: Q) {
  return { ...rest, since: timeOf(since, '/since'), until: timeOf(until, '/until') }
}
