import { Type } from 'typebox'
import { isLoopbackHost } from '../../lib/ip-address.ts'
import type { Database } from '../../platform/db/client.ts'
import type { Log } from '../../platform/log/log.ts'
import type { Notifications } from '../../platform/db/notify.ts'
import type { DurableEngine } from '../../runs/engine.ts'
import { RECORDER_MAX_RUNS, type Recorder } from '../../runs/recorder.ts'
import type { App } from '../server.ts'
import type { Guards } from '../guards.ts'
import type { Metrics } from '../metrics.ts'
import { createReadiness } from '../readiness.ts'
import { OneOf, problems, Ref } from '../schemas.ts'
import { noStore } from './accounts.ts'

export interface OperationRouteDeps {
  database: Database
  notifications: Pick<Notifications, 'connected'>
  recorder: Pick<Recorder, 'stats'>
  engine: Pick<DurableEngine, 'isReady'>
  metrics: Metrics
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
    status: OneOf(['ready', 'not_ready']),
    checks: Type.Record(Type.String(), OneOf(['ok', 'failing']))
  },
  {
    $id: 'Readiness',
    examples: [
      { status: 'ready', checks: { database: 'ok', migrations: 'ok', notifications: 'ok', queue: 'ok', records: 'ok' } }
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

  const readiness = createReadiness({
    checks: {
      database: async () => (await pool.query('select 1')).rowCount === 1,
      migrations: async () => (await pool.query<{ failed: number }>(FAILED_MIGRATIONS)).rows[0]?.failed === 0,
      notifications: () => deps.notifications.connected(),
      queue: () => deps.engine.isReady(),
      // A full buffer drops the records of calls.
      records: () => deps.recorder.stats().waiting < RECORDER_MAX_RUNS
    },
    onFailing: (check, error) => deps.log.warn({ check, err: error }, 'not ready')
  })

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        tags: ['operations'],
        summary: 'Whether this process can take calls',
        description: 'The answer names the failing checks; the log has the reasons.',
        response: { 200: readinessAnswer('All checks pass'), 503: readinessAnswer('At least one check fails') }
      }
    },
    async (_request, reply) => {
      noStore(reply)
      const { ready, checks } = await readiness()
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', checks })
    }
  )

  const open = isLocalOnly(deps)
  app.get(
    '/metrics',
    {
      ...(open ? {} : { onRequest: guards.admin }),
      schema: {
        operationId: 'getMetrics',
        tags: ['operations'],
        summary: 'Metrics for Prometheus',
        description:
          'Public if only this machine can call: HOST and PUBLIC_URL are loopback addresses, and TRUST_PROXY ' +
          'is empty. ' +
          'Otherwise it requires an admin, for example by `basic_auth` in the scrape configuration.',
        produces: ['text/plain'],
        response: { 200: Type.String(), ...problems(401, 403) }
      }
    },
    async (_request, reply) => {
      noStore(reply)
      return reply.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics())
    }
  )
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
