import type { RouteShorthandOptions } from 'fastify'
import { Type } from 'typebox'
import { isLoopbackHost } from '../../lib/ip-address.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Database } from '../../platform/db/client.ts'
import type { CachePolicy } from '../../platform/db/record-cache.ts'
import type { Log } from '../../platform/log/log.ts'
import type { Notifications } from '../../platform/db/notify.ts'
import type { Runs } from '../../runs/engine.ts'
import { RECORDER_MAX_RUNS, type Recorder } from '../../runs/recorder.ts'
import type { App } from '../server.ts'
import type { Drain } from '../drain.ts'
import type { Guards } from '../guards.ts'
import { createMetricsTokenCheck } from '../metrics-token.ts'
import type { Metrics } from '../metrics.ts'
import { createReadiness } from '../readiness.ts'
import { Closed, OneOf, problems, Ref } from '../schemas.ts'
import { noStore } from './accounts.ts'

export interface OperationRouteDeps {
  database: Database
  notifications: Pick<Notifications, 'connected' | 'aliveAt'>
  clock: Clock
  cachePolicy: Pick<CachePolicy, 'graceMs'>
  drain: Pick<Drain, 'isDraining'>
  recorder: Pick<Recorder, 'stats'>
  engine: Pick<Runs, 'isReady'>
  metrics: Metrics
  /** The token that `/metrics` requires. Undefined: an admin is required, unless only this machine can call. */
  metricsToken?: Secret | undefined
  log: Pick<Log, 'warn'>
  /** The address that the server listens on. */
  host: string
  publicUrl: string
  trustProxy: readonly string[]
}

const FAILED_MIGRATIONS =
  'select count(*)::int as failed from _prisma_migrations where finished_at is null and rolled_back_at is null'

const HealthSchema = Type.Object({ status: Type.Literal('ok') })
const ReadinessSchema = Type.Object(
  {
    status: OneOf(['ready', 'degraded', 'not_ready']),
    checks: Type.Record(Type.String(), OneOf(['ok', 'degraded', 'failing']))
  },
  {
    $id: 'Readiness',
    examples: [
      {
        status: 'ready',
        checks: { serving: 'ok', records: 'ok', database: 'ok', migrations: 'ok', notifications: 'ok', queue: 'ok' }
      }
    ]
  }
)

export function healthRoutes(app: App, deps: OperationRouteDeps, guards: Guards): void {
  const { pool } = deps.database
  app.addSchema(ReadinessSchema)

  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        tags: ['operations'],
        summary: 'Whether the process is alive',
        response: { 200: HealthSchema }
      }
    },
    async (_request, reply) => {
      noStore(reply)
      return { status: 'ok' as const }
    }
  )

  const check = createReadiness({
    own: {
      serving: () => !deps.drain.isDraining(),
      // If the buffer is full, records of calls are dropped.
      records: () => deps.recorder.stats().waiting < RECORDER_MAX_RUNS
    },
    shared: {
      database: async () => (await pool.query('select 1')).rowCount === 1,
      migrations: async () => (await pool.query<{ failed: number }>(FAILED_MIGRATIONS)).rows[0]?.failed === 0,
      notifications: () => deps.notifications.connected(),
      queue: () => deps.engine.isReady()
    },
    withinGrace: () => deps.clock.now() - deps.notifications.aliveAt() <= deps.cachePolicy.graceMs,
    onFailing: (check, error) => deps.log.warn({ check, err: error }, 'not ready')
  })

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        tags: ['operations'],
        summary: 'Whether this process can take calls',
        description:
          'The answer names the checks; the log has the reasons. `degraded`: the database is away, and cached ' +
          'credentials still work (`CACHE_GRACE`). With `strict=1` anything degraded is 503, for alerts.',
        querystring: Closed({ strict: Type.Optional(OneOf(['0', '1'])) }),
        response: {
          200: readinessAnswer('This process can take calls'),
          503: readinessAnswer(
            'The process starts or stops, its buffer is full, or the database has been away for too long'
          )
        }
      }
    },
    async (request, reply) => {
      noStore(reply)
      const readiness = await check()
      const refused = readiness.status === 'not_ready' || (request.query.strict === '1' && readiness.status !== 'ready')
      return reply.code(refused ? 503 : 200).send(readiness)
    }
  )

  app.get(
    '/metrics',
    {
      ...metricsGuard(deps, guards),
      schema: {
        operationId: 'getMetrics',
        tags: ['operations'],
        summary: 'Metrics for Prometheus',
        description:
          'With METRICS_TOKEN it requires that bearer token, or an admin. Without, it is public if only this machine ' +
          'can call (HOST and PUBLIC_URL are loopback addresses, and TRUST_PROXY is empty), and requires an admin ' +
          'otherwise.',
        produces: ['text/plain'],
        response: { 200: Type.String(), ...problems(401, 403) }
      }
    },
    async (_request, reply) => {
      noStore(reply)
      return reply.type(deps.metrics.registry.contentType).send(await deps.metrics.scrape())
    }
  )
}

/** The guard of the metrics: their token, an admin, or none if only this machine can call. */
function metricsGuard(deps: OperationRouteDeps, guards: Guards): Pick<RouteShorthandOptions, 'onRequest'> {
  if (!deps.metricsToken) return isLocalOnly(deps) ? {} : { onRequest: guards.admin }
  const isToken = createMetricsTokenCheck(deps.metricsToken)
  return {
    onRequest: async (request, reply) => {
      if (!isToken(request.headers.authorization)) await guards.admin(request, reply)
    }
  }
}

/**
 * Whether only this machine can call. Behind a local proxy every caller looks local, so the configuration decides: a
 * public name or a trusted proxy in it means that others can call.
 */
export function isLocalOnly({
  host,
  publicUrl,
  trustProxy
}: Pick<OperationRouteDeps, 'host' | 'publicUrl' | 'trustProxy'>): boolean {
  return isLoopbackHost(host) && isLoopbackHost(new URL(publicUrl).hostname) && trustProxy.length === 0
}

function readinessAnswer(description: string) {
  return { ...Ref(ReadinessSchema), description }
}
