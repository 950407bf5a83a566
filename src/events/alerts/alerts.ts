import type { Pool } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import { createFlusher } from '../../lib/flusher.ts'
import type { CallReport } from '../../platform/log/call-report.ts'
import type { FailedDelivery } from '../deliver.ts'
import { type Alert, alertError, SYSTEM_PREFIX } from './alert.ts'
import { countAlerts } from './count.ts'
import { countRefusals, trimRefusals } from './refusals.ts'
import { reportAlerts, type ReportDeps, trimAlerts } from './report.ts'

const FLUSH_MS = 1_000
const RETRY_MAX_MS = 30_000
/** The most groups, and the most listeners, that wait in memory to be written. Alerts beyond are dropped. */
const WAITING_MAX = 10_000

/** A run that failed with an error that somebody has to fix. */
export interface FailedRun {
  workspaceId: string
  flowId: string
  listenerId: string | null
  runId: string
  /** Whether a schedule started it. */
  scheduled: boolean
  error: Parameters<typeof alertError>[0]
}

export interface Alerts {
  runFailed(run: FailedRun): void
  /** A run was given up, because every process that ran it died. */
  runExhausted(run: FailedRun): void
  /** A delivery has failed for good. */
  deliveryFailed(delivery: FailedDelivery): void
  onCall(report: Pick<CallReport, 'listenerId' | 'code' | 'runId'>): void
  /** Writes the waiting counts, and reports the groups that are due. */
  flush(): Promise<void>
  /** Reports groups that were held back and are due by now, and removes old ones. For a periodic job. */
  reportDue(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface AlertDeps extends ReportDeps {
  pool: Pool
  clock: Clock
  onError(error: unknown): void
}

/**
 * Collects what goes wrong in workspaces. Occurrences are counted in memory, so that callers do not wait, and written
 * once a second. A process that dies loses the counts of its last second.
 */
export function createAlerts(deps: AlertDeps): Alerts {
  const { pool, clock } = deps
  let groups = new Map<string, Alert>()
  let refusals = new Map<string, number>()
  const flusher = createFlusher({
    everyMs: FLUSH_MS,
    retryMaxMs: RETRY_MAX_MS,
    isEmpty: () => groups.size === 0 && refusals.size === 0,
    write,
    onError: deps.onError
  })

  function add(alert: Alert): void {
    const key = `${alert.workspaceId} ${alert.type} ${alert.subject}`
    const known = groups.get(key)
    if (!known && groups.size >= WAITING_MAX) return
    groups.set(
      key,
      known ? { ...alert, count: known.count + alert.count, since: Math.min(known.since, alert.since) } : alert
    )
    flusher.soon()
  }

  async function write(): Promise<void> {
    const refused = refusals
    refusals = new Map()
    try {
      for (const alert of await countRefusals(pool, refused, clock.now())) add(alert)
    } catch (error) {
      for (const [listenerId, count] of refused) refusals.set(listenerId, (refusals.get(listenerId) ?? 0) + count)
      throw error
    }
    const counted = groups
    groups = new Map()
    try {
      await countAlerts((sql, values) => pool.query(sql, values), [...counted.values()])
    } catch (error) {
      for (const alert of counted.values()) add(alert)
      throw error
    }
    if (counted.size > 0) await reportAlerts(deps, clock.now())
  }

  function addRun(type: Alert['type'], { workspaceId, flowId, listenerId, runId, error }: FailedRun): void {
    add({
      workspaceId,
      type,
      subject: flowId,
      count: 1,
      since: clock.now(),
      details: { flowId, listenerId, runId, error: alertError(error) }
    })
  }

  return {
    runFailed: (run) => addRun(run.scheduled ? 'sluice.schedule.failed' : 'sluice.run.failed', run),
    runExhausted: (run) => addRun('sluice.run.exhausted', run),
    deliveryFailed({ workspaceId, sinkId, eventId, type, failure }) {
      // An event about a failing sink would fail there too, and cause another one.
      if (type.startsWith(SYSTEM_PREFIX)) return
      add({
        workspaceId,
        type: 'sluice.delivery.failed',
        subject: sinkId,
        count: 1,
        since: clock.now(),
        details: { flowId: null, listenerId: null, runId: null, error: { title: failure }, sinkId, eventId }
      })
    },
    onCall({ listenerId, code, runId }) {
      if (listenerId === undefined || code === undefined || runId !== undefined) return
      const known = refusals.get(listenerId)
      if (known === undefined && refusals.size >= WAITING_MAX) return
      refusals.set(listenerId, (known ?? 0) + 1)
      flusher.soon()
    },
    flush: flusher.now,
    async reportDue(signal) {
      const now = clock.now()
      await reportAlerts(deps, now, signal)
      await trimAlerts({ pool, now }, signal)
      await trimRefusals({ pool, now }, signal)
    },
    async close() {
      await flusher.now().catch(deps.onError)
      flusher.stop()
    }
  }
}
