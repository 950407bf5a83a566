import type { PoolClient } from 'pg'
import { createFlowVersions } from '../../flows/compile-version.ts'
import { closeWith } from '../../lib/closing.ts'
import { newTimedId } from '../../lib/ids.ts'
import { EVERY } from '../../platform/db/changes.ts'
import { notify } from '../../platform/db/notify.ts'
import type { DurableEngine, NewRun } from '../engine.ts'
import { createEventWaits } from '../event-waits.ts'
import type { RunStatus } from '../run.ts'
import { createStandstillWatch } from '../standstill.ts'
import { createFindFlow } from '../subflow.ts'
import { countLive } from './count-live.ts'
import { createErrorHandling, type EngineDeps } from './engine-deps.ts'
import { createEnqueue, insertRuns } from './enqueue.ts'
import { markWaits, registerWait } from './event-waits.ts'
import { performRun, settleRun } from './execute.ts'
import { createRunFinisher } from './finish.ts'
import { beginInlineRun } from './inline-run.ts'
import { createJournalWriter } from './journal.ts'
import { createLiveness, isWorkerGone } from './liveness.ts'
import { openQueue } from './queue.ts'
import { readQueueStats } from './queue-stats.ts'
import { startRecoveryLoop } from './recovery-loop.ts'
import { createScheduleStore } from './schedule-store.ts'
import { syncSchedules } from './schedules.ts'
import { RECOVERY_INTERVAL_MS, REQUEST_SUSPEND_MS } from './settings.ts'
import { startWorker } from './worker.ts'

/** Topics of notifications: a job can be claimed; a run was cancelled (with its id). */
const QUEUED = 'run_queued'
const CANCELLED = 'run_cancelled'

export interface DurableEngineDeps extends EngineDeps {
  capacity?: number
  suspendMs?: number
  maxHandovers?: number
}

/**
 * Creates the durable engine: a queue (pg-boss) and a fenced journal. Creates pg-boss's tables where they are missing.
 *
 * A durable run has a row in `live_run` while it lives; `run.status` shows its state to readers. The states:
 * - `queued`: has a job. `INSERT` in enqueue.ts creates it; `requeue` in concurrency-slots.ts returns a run to it,
 *   under a new job, when it is woken or unblocked, or when its holder has released it (`requeueHeld` in recovery.ts).
 * - `running`: a worker holds it under an epoch. `CLAIM` in claim.ts moves it here and raises the epoch;
 *   `INSERT_LIVE` in inline-run.ts creates a run in this state when it becomes durable inside its request.
 * - `waiting`: suspended until `wake_at`. `SUSPEND` in finish.ts moves it here; `wakeDue` in recovery.ts requeues it.
 *   `wakeListening` brings `wake_at` forward where an event may be what the run waits for.
 *   `SUSPEND` in claim.ts moves runs of a suspended workspace here, and `wakeDue` leaves them until the suspension is
 *   lifted.
 * - `blocked`: its listener is disabled or has no free concurrency slot. `claimLimited` in claim.ts moves it here;
 *   `unblock` in concurrency-slots.ts requeues it.
 * - ended: the row is gone. `END` in finish.ts deletes it and completes `run`. The holder ends a run under its epoch;
 *   `cancel`, and `deadLetterExhausted` in recovery.ts, end it from outside.
 *
 * A run whose holder is gone stays `running` until its job fails and can be claimed again: `handOverOrphans` fails it,
 * or pg-boss does once its lease expires. A run that has no job yet is requeued. The next claim raises the epoch, and
 * from then on every write of the earlier holder is rejected.
 */
export async function createDurableEngine(deps: DurableEngineDeps): Promise<DurableEngine> {
  const { pool, clock, notifications } = deps
  const claims = deps.role !== 'gateway'
  const closing = new AbortController()
  const { onError, attempt } = createErrorHandling(deps, closing.signal)
  // If a later step of starting fails, what is open is closed again.
  await using opened = new AsyncDisposableStack()
  const liveness = await createLiveness({ url: deps.url, onLost: onError })
  closeWith(opened, 'the lock of this process', liveness)
  const queue = await openQueue({
    pool,
    supervise: claims,
    onError,
    ...(deps.maxHandovers === undefined ? {} : { maxHandovers: deps.maxHandovers })
  })
  closeWith(opened, 'the queue', queue)
  const standstill = createStandstillWatch()
  opened.defer(() => standstill.close())
  const writer = createJournalWriter({ pool })
  const finisher = createRunFinisher({ pool, queue })
  const execution = {
    clock,
    version: deps.version,
    createPorts: deps.createPorts,
    eventWaits: createEventWaits({ pool }),
    registerWait: registerWait.bind(undefined, pool),
    finisher,
    findFlow: createFindFlow(pool),
    readFlow: createFlowVersions({ pool, expressions: deps.expressions }),
    ...(deps.alerts === undefined ? {} : { alerts: deps.alerts }),
    tracing: deps.tracing,
    runTimes: deps.runTimes,
    ...(deps.suspendMs === undefined ? {} : { suspendMs: deps.suspendMs })
  }
  const worker = startWorker({
    ...execution,
    pool,
    queue,
    writer,
    workerId: liveness.workerId,
    seenSince: () => liveness.heldSince(),
    standstill,
    claims,
    onError,
    ...(deps.capacity === undefined ? {} : { capacity: deps.capacity }),
    ...(deps.drainMs === undefined ? {} : { drainMs: deps.drainMs })
  })
  closeWith(opened, 'the worker', worker)
  const enqueue = createEnqueue({ pool, queue })
  const scheduling = {
    pool,
    clock,
    newRunId: () => newTimedId('run'),
    start: async (tx: PoolClient, run: NewRun) => void (await insertRuns(tx, queue, [run]))
  }
  let enqueued = 0
  let announcing = false

  /**
   * Wakes this process if it has room; otherwise notifies the others. The notification is sent after the current
   * answer, once for many runs.
   */
  function announce(): void {
    if (worker.hasRoom()) return worker.wake()
    if (announcing) return
    announcing = true
    setImmediate(() => {
      announcing = false
      notify(pool, QUEUED, '').catch(onError)
    })
  }

  const unsubscribe = [
    notifications.subscribe(CANCELLED, (runId) => worker.abort(runId)),
    notifications.subscribe('workspace', (workspaceId) => void attempt(() => worker.stopSuspended(workspaceId))),
    ...(claims
      ? [
          notifications.subscribe(QUEUED, () => worker.wake()),
          notifications.subscribe(
            'flow',
            (flowId) => void attempt(() => syncSchedules(scheduling, flowId === EVERY ? null : flowId))
          )
        ]
      : [])
  ]
  const recovery = claims
    ? startRecoveryLoop({
        recovery: { pool, queue, finisher, clock, ...(deps.alerts === undefined ? {} : { alerts: deps.alerts }) },
        scheduling,
        attempt,
        intervalMs: deps.recoveryMs ?? RECOVERY_INTERVAL_MS,
        signal: closing.signal,
        onQueued: announce
      })
    : undefined

  const running = opened.move()
  return {
    workerId: liveness.workerId,
    isWorkerGone: (workerId) => isWorkerGone(pool, workerId),
    schedules: {
      ...createScheduleStore({ pool, clock }),
      // The flow is published already: a failure must not look like one of publishing, and the next sync mends it.
      sync: (flowId) => attempt(() => syncSchedules(scheduling, flowId))
    },
    async enqueue(run) {
      await enqueue(run)
      enqueued++
      announce()
    },
    beginInline(run, observer) {
      const { held, outcome, makeDurable } = beginInlineRun(
        {
          pool,
          writer,
          lease: worker.lease,
          workerId: liveness.workerId,
          now: () => clock.now(),
          observer,
          runTimes: deps.runTimes
        },
        run,
        (run) => performRun({ ...execution, suspendMs: REQUEST_SUSPEND_MS }, run)
      )
      return {
        outcome,
        async makeDurable() {
          await makeDurable()
          worker.keep(
            held,
            outcome.then((reached) => settleRun(execution, held, reached))
          )
        },
        abort: () => held.lose(),
        close: () => held.close()
      }
    },
    async statusOf(runId) {
      return (
        await pool.query<{ status: RunStatus }>({
          name: 'durable_status',
          text: `select status from run_rest where id = $1 and mode = 'async'`,
          values: [runId]
        })
      ).rows[0]?.status
    },
    async cancel(runId) {
      const live = await finisher.endFromOutside({
        runId,
        status: 'cancelled',
        output: null,
        error: null,
        finishedAt: clock.now()
      })
      worker.abort(runId)
      if (live) await notify(pool, CANCELLED, runId)
      return live
    },
    wake: (arrived) => markWaits({ pool, expressions: deps.expressions }, arrived),
    countLive: (owner, id, limit) => countLive(pool, owner, id, limit),
    async stats() {
      return {
        ...(await readQueueStats(pool, clock.now())),
        enqueued,
        ...(recovery?.counts() ?? { handedOver: 0, scheduled: 0 }),
        ...worker.counts(),
        fencedWrites: writer.fencedWrites()
      }
    },
    isReady: async () => liveness.heldSince() !== undefined && worker.isWell() && (await queue.isThere()),
    async close() {
      closing.abort()
      for (const stop of unsubscribe) stop()
      await recovery?.ended
      await running.disposeAsync()
    }
  }
}
