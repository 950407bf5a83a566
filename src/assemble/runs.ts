import { readFlowSecrets } from '../customers/flow-secrets.ts'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import { createAlerts } from '../events/alerts/alerts.ts'
import { createDeliveries, type Deliveries } from '../events/deliver.ts'
import { createEmit } from '../events/emit.ts'
import { createFlowVersions } from '../flows/compile-version.ts'
import { createIdempotency } from '../gateway/idempotency.ts'
import { createSignedDeliveries } from '../gateway/signed-deliveries.ts'
import { closeWith } from '../lib/closing.ts'
import type { Egress } from '../platform/egress/index.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import { createDurableEngine } from '../runs/durable/engine.ts'
import { createRunFeed } from '../runs/event-stream.ts'
import { createLiveRunLimit } from '../runs/live-run-limit.ts'
import { createPortsFactory } from '../runs/ports.ts'
import { createRecorder } from '../runs/recorder.ts'
import { createFindFlow } from '../runs/subflow.ts'
import type { Caches } from './caches.ts'
import type { AssembleOptions } from './options.ts'

/** Effects under way may end before their runs are suspended: the engine's own limit for that, and its last writes. */
const ENGINE_BUDGET_MS = 20_000

export interface RunsDeps extends AssembleOptions {
  expressions: Expressions
  egress: Egress
  secrets: Caches['secrets']
  mailer: Mailer
}

/** What runs flows: their ports, the recorder, the delivery of events, and the durable engine, which works at once. */
export async function createRuns(stack: AsyncDisposableStack, deps: RunsDeps) {
  const { database, databaseUrl, notifications, keyring, clock, log, publicUrl, role, version } = deps
  const { expressions, egress, secrets, mailer } = deps
  const { pool } = database

  const alerts = closeWith(
    stack,
    'the alerts',
    createAlerts({
      pool,
      clock,
      mailer,
      publicUrl,
      onEmitted: () => deliveries?.wake(),
      onError: (error) => log.warn({ err: error }, 'alerts could not be written')
    })
  )
  const deliveries: Deliveries | undefined =
    role === 'gateway'
      ? undefined
      : closeWith(
          stack,
          'the delivery of events',
          createDeliveries({ pool, egress, keyring, clock, log, onFailed: alerts.deliveryFailed })
        )
  const emit = createEmit({ pool, clock, onEmitted: () => deliveries?.wake() })

  const createPorts = createPortsFactory({
    egress,
    clock,
    emit,
    readSecrets: (workspaceId, names, caller) =>
      readFlowSecrets({ secrets, database, keyring }, workspaceId, names, caller)
  })
  const engine = await createDurableEngine({
    pool,
    url: databaseUrl,
    notifications,
    clock,
    log,
    expressions,
    createPorts,
    version,
    role,
    alerts
  })
  closeWith(stack, 'the durable engine', engine, ENGINE_BUDGET_MS)

  const recorder = createRecorder({
    pool,
    onError: (error) => log.error({ err: error }, 'a run record was not written'),
    onDropped: (report) => log.warn(report, 'the database is slower than the calls: run records were dropped')
  })
  closeWith(stack, 'the recorder of runs', recorder)

  return {
    recorder,
    alerts,
    deliveries,
    emit,
    createPorts,
    subflows: { findFlow: createFindFlow(pool), readFlow: createFlowVersions({ pool, expressions }) },
    engine,
    syncSchedule: (flowId: string) => engine.schedules.sync(flowId),
    liveRuns: createLiveRunLimit({ pool, clock }),
    idempotency: createIdempotency({ pool, keyring, clock, workers: engine }),
    signedDeliveries: createSignedDeliveries({ pool, clock, workers: engine }),
    feed: createRunFeed({ pool })
  }
}
