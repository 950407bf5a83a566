import { setTimeout as sleep } from 'node:timers/promises'
import { createFlowVersions } from '../../flows/compile-version.ts'
import { closeWith } from '../../lib/closing.ts'
import { derivedId } from '../../lib/ids.ts'
import { Fault } from '../../lib/fault.ts'
import { EVERY } from '../../platform/db/changes.ts'
import { createErrorHandling, type EngineDeps } from '../durable/engine-deps.ts'
import { createLiveness, isWorkerGone } from '../durable/liveness.ts'
import { createScheduleStore } from '../durable/schedule-store.ts'
import { syncSchedules } from '../durable/schedules.ts'
import { DRAIN_MS, RECOVERY_INTERVAL_MS } from '../durable/settings.ts'
import type { DurableEngine, NewRun } from '../engine.ts'
import { createEventWaits } from '../event-waits.ts'
import type { RunStatus } from '../run.ts'
import { createFindFlow } from '../subflow.ts'
import { createRestateClient, RestateError } from './client.ts'
import { type Endpoint, openEndpoint } from './endpoint.ts'
import { createRestateWaits } from './event-waits.ts'
import { createFreshness } from './freshness.ts'
import { createGate } from './gate.ts'
import { createHeldAttempts } from './held-attempts.ts'
import { beginInlineRun, type HeldInlineRun } from './inline-run.ts'
import { doPeriodicWork } from './periodic-work.ts'
import { createRunRecords } from './records.ts'
import { handedSignal, type Seed } from './run-input.ts'
import { defineServices } from './services.ts'
import { statsOf } from './stats.ts'
import { HELD_MS, MESSAGE_BYTES } from './settings.ts'

const ENDED: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled'])
/** How long the results of the last effects have to reach Restate. */
const LAST_RESULTS_MS = 250

export interface RestatePlace {
  /** Without final slashes. */
  ingressUrl: string
  adminUrl: string
  /** Where Restate reaches the processes that run flows. */
  serviceUrl: string
  servicePort: number
  serviceHost: string
  identityKeys: readonly string[]
}

export interface RestateEngineDeps extends EngineDeps {
  place: RestatePlace
  frozenMs?: number
  heldMs?: number
  revision?: number
}

/**
 * Creates the durable engine whose runs are invocations of Restate. PostgreSQL holds only the schedules and the records
 * of runs that readers see; the results of a run and the times of its waits are in Restate.
 *
 * The state of a run is Restate's, and `run.status` follows it for readers. The statements are in records.ts: `add`
 * shows a run as queued, `begin` as running at each attempt, or, while the run is held, as queued before its first
 * start and as waiting afterwards. `suspend` and `resume` show a long wait. `end` and `cancel` end a run, and no later
 * write changes its status.
 */
export async function createRestateEngine(deps: RestateEngineDeps): Promise<DurableEngine> {
  const { pool, clock, notifications, log, place } = deps
  const runsFlows = deps.role !== 'gateway'
  const closing = new AbortController()
  const { onError, attempt } = createErrorHandling(deps, closing.signal)
  await using opened = new AsyncDisposableStack()
  const liveness = await createLiveness({ url: deps.url, onLost: onError })
  closeWith(opened, 'the lock of this process', liveness)
  const client = createRestateClient({ ingress: place.ingressUrl, admin: place.adminUrl })
  closeWith(opened, 'the connections to Restate', client)
  const records = createRunRecords({ pool })
  const eventWaits = createEventWaits({ pool })
  const waits = createRestateWaits({ pool, expressions: deps.expressions, events: eventWaits, client })
  const freshness = createFreshness(deps.frozenMs === undefined ? {} : { frozenMs: deps.frozenMs })
  opened.defer(() => freshness.close())
  const gate = createGate()
  const held = createHeldAttempts()
  const counters = { enqueued: 0, ended: 0, scheduled: 0 }
  const flows = {
    findFlow: createFindFlow(pool),
    readFlow: createFlowVersions({ pool, expressions: deps.expressions })
  }
  const execution = { ...flows, clock, version: deps.version, createPorts: deps.createPorts }
  const inline = new Set<HeldInlineRun>()

  let endpoint: Endpoint | undefined
  if (runsFlows) {
    const sdk = await import('@restatedev/restate-sdk')
    const services = defineServices({
      ...execution,
      sdk,
      records,
      freshness,
      gate,
      held,
      heldMs: deps.heldMs ?? HELD_MS,
      events: waits,
      alerts: deps.alerts,
      tracing: deps.tracing,
      runTimes: deps.runTimes,
      onEnded: () => void counters.ended++,
      async dismiss({ run, limited }, invocationId) {
        if (limited && run.listenerId !== null) await client.freeSlot(run.listenerId, invocationId)
        await client.kill(invocationId)
      }
    })
    endpoint = await openEndpoint({
      sdk,
      services,
      host: place.serviceHost,
      port: place.servicePort,
      url: place.serviceUrl,
      revision: deps.revision,
      identityKeys: place.identityKeys,
      log,
      register: (uri) => client.register(uri)
    })
    closeWith(opened, 'the service that Restate calls', endpoint)
  }

  async function start(run: NewRun, seed?: Seed): Promise<string> {
    const limited = run.listenerId !== null && (await records.isLimited(run.listenerId))
    const input = { run, limited, ...(seed ? { seed } : {}) }
    const bytes = Buffer.byteLength(JSON.stringify(input))
    if (bytes > MESSAGE_BYTES)
      throw new RangeError(`a run of ${bytes} bytes is larger than the ${MESSAGE_BYTES} that Restate accepts`)
    try {
      return await client.start(input)
    } catch (error) {
      if (error instanceof RestateError) throw new Fault('unavailable', { why: 'restate', cause: error })
      throw error
    }
  }

  async function enqueue(run: NewRun): Promise<void> {
    // Restate forgets a run some time after its end, so the record must keep it from being started again.
    if (await records.hasEnded(run.id)) return
    await start(run)
    counters.enqueued++
    // The run is durable now. If the record cannot be written here, the process that runs it writes it.
    await records.add(run).catch(onError)
  }

  async function startTick(run: NewRun): Promise<void> {
    await enqueue(run)
    counters.scheduled++
  }
  const schedules = {
    pool,
    clock,
    // A tick starts again if its transaction did not commit. It gets the same id then, and starts nothing more.
    newRunId: (flowId: string, tick: number) => derivedId('run', `${flowId}\n${tick}`),
    start: (_tx: unknown, run: NewRun) => startTick(run)
  }

  const unsubscribe = runsFlows
    ? [
        notifications.subscribe(
          'flow',
          (flowId) => void attempt(() => syncSchedules(schedules, flowId === EVERY ? null : flowId))
        ),
        notifications.subscribe(
          'workspace',
          (workspaceId) =>
            void attempt(async () => {
              if (held.has(workspaceId) && (await records.isSuspended(workspaceId))) held.stop(workspaceId)
            })
        )
      ]
    : []
  const working = doPeriodicWork({
    pool,
    workerId: liveness.workerId,
    schedules: runsFlows ? schedules : undefined,
    attempt,
    intervalMs: deps.recoveryMs ?? RECOVERY_INTERVAL_MS,
    signal: closing.signal
  })

  const running = opened.move()
  return {
    workerId: liveness.workerId,
    isWorkerGone: (workerId) => isWorkerGone(pool, workerId),
    schedules: {
      ...createScheduleStore({ pool, clock }),
      sync: (flowId) => attempt(() => syncSchedules(schedules, flowId))
    },
    enqueue,
    beginInline(run, observer) {
      const begun = beginInlineRun(
        {
          ...execution,
          eventWaits,
          onError,
          runTimes: deps.runTimes,
          async handOver(run, seed) {
            const invocationId = await start(run, seed)
            counters.enqueued++
            await records.add(run).catch(onError)
            return (key, result) => client.signal(invocationId, handedSignal(key), result)
          }
        },
        run,
        observer
      )
      inline.add(begun)
      const forget = (): unknown => inline.delete(begun)
      begun.outcome.then(forget, forget)
      return begun
    },
    statusOf: (runId) => records.statusOf(runId),
    async cancel(runId) {
      const before = await records.statusOf(runId)
      if (before === undefined || ENDED.has(before)) return false
      // In Restate first: the record must not say `cancelled` of a run that goes on.
      const told = await client.cancel(runId)
      if (await records.cancel(runId, clock.now())) return true
      // The process that ran it may have written the cancellation already.
      return told && (await records.statusOf(runId)) === 'cancelled'
    },
    wake: (arrived) => waits.wake(arrived),
    countLive: (...owner) => records.countLive(...owner),
    stats: async () => statsOf(await client.counts(), counters, clock.now()),
    isReady: async () =>
      liveness.heldSince() !== undefined && (endpoint?.isRegistered() ?? true) && (await client.isHealthy()),
    async close() {
      closing.abort()
      for (const stop of unsubscribe) stop()
      const late = new AbortController()
      await Promise.race([
        Promise.all([gate.close(), ...[...inline].map((begun) => begun.idle())]).then(() => sleep(LAST_RESULTS_MS)),
        sleep(deps.drainMs ?? DRAIN_MS, undefined, { signal: late.signal, ref: false }).catch(() => {})
      ])
      late.abort()
      await working
      await running.disposeAsync()
    }
  }
}
