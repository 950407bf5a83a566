import { readFlowSecrets } from '../customers/flow-secrets.ts'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import { createAlerts } from '../events/alerts/alerts.ts'
import { createDeliveries, type Deliveries } from '../events/deliver.ts'
import { createEmit } from '../events/emit.ts'
import { createInbox } from '../events/inbox.ts'
import { createFlowVersions } from '../flows/compile-version.ts'
import { createIdempotency } from '../gateway/idempotency.ts'
import { createSignedDeliveries } from '../gateway/signed-deliveries.ts'
import { closeWith } from '../lib/closing.ts'
import type { Egress } from '../platform/egress/index.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import { createDurableEngine } from '../runs/durable/engine.ts'
import { notify } from '../platform/db/notify.ts'
import { createEventWaits } from '../runs/event-waits.ts'
import { createRunFeed } from '../runs/event-stream.ts'
import { createLiveRunLimit } from '../runs/live-run-limit.ts'
import { createPortsFactory } from '../runs/ports.ts'
import { createRestateEngine } from '../runs/restate/engine.ts'
import { createRecorder } from '../runs/recorder.ts'
import { createEventRouter, type EventRouter } from '../runs/route-events.ts'
import { createRunTimes } from '../runs/run-times.ts'
import { startOther } from '../runs/start-other.ts'
import { createFindFlow } from '../runs/subflow.ts'
import type { Caches } from './caches.ts'
import type { AssembleOptions } from './options.ts'

/** The topic of notifications that there are events to route to flows. */
const EVENTS_IN = 'events_in'
/**
 * Running effects may end before their runs are suspended. This covers the engine's own limit for that, and its last
 * writes.
 */
const ENGINE_BUDGET_MS = 20_000
/** A busy database needs seconds to write a full buffer, and abandoned records are lost. */
const RECORDS_BUDGET_MS = 15_000

export interface RunsDeps extends AssembleOptions {
  expressions: Expressions
  egress: Egress
  secrets: Caches['secrets']
  mailer: Mailer
}

/**
 * Creates what runs flows: their ports, the recorder, the delivery of events, and the durable engine, which starts
 * working at once.
 */
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
  let router: EventRouter | undefined
  // The process that accepts an event routes it. A process that does not run flows notifies those that do.
  const routeEvents = (): void => {
    if (router) router.wake()
    else
      notify(pool, EVENTS_IN, '').catch((error: unknown) =>
        log.debug({ err: error }, 'the notification of an event could not be sent')
      )
  }
  const emit = createEmit({
    pool,
    clock,
    onEmitted() {
      deliveries?.wake()
      routeEvents()
    }
  })
  const findFlow = createFindFlow(pool)
  const readFlow = createFlowVersions({ pool, expressions })
  const liveRuns = createLiveRunLimit({ runs: { countLive: (...owner) => engine.countLive(...owner) }, clock })

  const runTimes = createRunTimes()
  const createPorts = createPortsFactory({
    egress,
    clock,
    emit,
    startOther: (other) => startOther({ engine, liveRuns, findFlow, clock }, other),
    eventWaits: createEventWaits({ pool }),
    readSecrets: (workspaceId, names, caller) =>
      readFlowSecrets({ secrets, database, keyring }, workspaceId, names, caller)
  })
  const engineDeps = {
    pool,
    url: databaseUrl,
    notifications,
    clock,
    log,
    expressions,
    createPorts,
    version,
    role,
    alerts,
    tracing: deps.tracing,
    runTimes
  }
  const engine = await (deps.restate
    ? createRestateEngine({ ...engineDeps, place: deps.restate })
    : createDurableEngine(engineDeps))
  closeWith(stack, 'the durable engine', engine, ENGINE_BUDGET_MS)
  if (role !== 'gateway') {
    router = createEventRouter({ pool, clock, log, engine, liveRuns, readFlow })
    closeWith(stack, 'the routing of events', router)
    stack.defer(notifications.subscribe(EVENTS_IN, () => router?.wake()))
  }

  const recorder = createRecorder({
    pool,
    onError: (error) => log.error({ err: error }, 'a run record could not be written'),
    onDropped: (report) => log.warn(report, 'the database cannot keep up with the calls: run records were dropped')
  })
  closeWith(stack, 'the recorder of runs', recorder, RECORDS_BUDGET_MS)

  return {
    recorder,
    alerts,
    deliveries,
    emit,
    createPorts,
    runTimes,
    subflows: { findFlow, readFlow },
    inbox: createInbox({ pool, clock, onAccepted: routeEvents }),
    router,
    engine,
    syncSchedule: (flowId: string) => engine.schedules.sync(flowId),
    liveRuns,
    idempotency: createIdempotency({ pool, keyring, clock, workers: engine }),
    signedDeliveries: createSignedDeliveries({ pool, clock, workers: engine }),
    feed: createRunFeed({ pool })
  }
}
