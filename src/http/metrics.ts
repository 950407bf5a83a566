import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { PasswordHasher } from '../accounts/password-hasher.ts'
import type { Audit } from '../audit.ts'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import type { Notifications } from '../platform/db/notify.ts'
import type { Egress } from '../platform/egress/index.ts'
import type { DurableEngine, EngineStats } from '../runs/engine.ts'
import type { Recorder } from '../runs/recorder.ts'
import type { CallReport } from '../platform/log/call-report.ts'

export interface Metrics {
  /** Counts a finished call. Costs about a microsecond: the labels of each kind of call are resolved once. */
  onCall(report: CallReport): void
  /** The series of a scrape, in Prometheus's text format. */
  registry: Registry
}

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** The number of different reasons counted by name. The limit keeps input from outside from growing the page. */
export const REASONS_MAX = 100
/**
 * Matches the reasons that the gateway defines. Other texts, such as messages of unexpected errors, count as `other`.
 */
const REASON = /^[a-z][a-z0-9_]{1,39}$/

/** The part of the gateway that a route belongs to. Latencies are recorded for each part, not for each route. */
export function routeClass(route: string): 'listener' | 'management' | 'other' {
  if (route.startsWith('/v1/dynamic/') || route.startsWith('/v1/call/')) return 'listener'
  return route.startsWith('/v1/') ? 'management' : 'other'
}

/** Uses its own registry, so that the counts of several servers in one process stay apart. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  collectSources(registers, sources)
  collectLoopLag(registry)

  const requests = new Counter({
    name: 'sluice_http_requests_total',
    help: 'Finished calls.',
    labelNames: ['route', 'method', 'status'],
    registers
  })
  const durations = new Histogram({
    name: 'sluice_http_request_duration_seconds',
    help: 'Duration of calls, by part of the gateway.',
    labelNames: ['class'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers
  })
  const listenerCalls = new Counter({
    name: 'sluice_listener_calls_total',
    help: 'Calls of listeners: answered, or the code of their error.',
    labelNames: ['outcome'],
    registers
  })
  const refusals = new Counter({
    name: 'sluice_refusals_total',
    help: 'Refused calls, by public code and by internal reason.',
    labelNames: ['code', 'why'],
    registers
  })

  const callCounters = remembered((_key, { route, method, status }: CallReport) => {
    const part = routeClass(route)
    return {
      counter: requests.labels(route, method, String(status)),
      histogram: durations.labels(part),
      isListener: part === 'listener'
    }
  })
  const outcomeCounters = remembered((outcome) => listenerCalls.labels(outcome))
  const refusalCounters = remembered((_key, { code, why }: { code: string; why: string }) => refusals.labels(code, why))
  const nameReason = createReasonNames()

  return {
    registry,
    onCall(report) {
      const { counter, histogram, isListener } = callCounters(
        `${report.status} ${report.method} ${report.route}`,
        report
      )
      counter.inc()
      histogram.observe(report.ms / 1000)
      if (isListener) outcomeCounters(report.code ?? 'answered', undefined).inc()
      if (report.code) {
        const why = report.code === 'internal_error' ? 'other' : nameReason(report.why)
        refusalCounters(`${report.code} ${why}`, { code: report.code, why }).inc()
      }
    }
  }
}

/**
 * Returns the value of a key and creates it on first use. The number of keys is small: routes, methods, statuses and
 * codes are defined here.
 */
function remembered<T, A>(make: (key: string, argument: A) => T): (key: string, argument: A) => T {
  const known = new Map<string, T>()
  return (key, argument) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key, argument)
    known.set(key, made)
    return made
  }
}

function createReasonNames(): (why: string | undefined) => string {
  const names = new Set<string>()
  return (why) => {
    if (why === undefined) return 'none'
    if (names.has(why)) return why
    if (names.size >= REASONS_MAX || !REASON.test(why)) return 'other'
    names.add(why)
    return why
  }
}

/** The components that keep their own statistics. They are read when Prometheus scrapes, and cost nothing otherwise. */
export interface MetricSources {
  caches: Readonly<Record<string, { stats(): { hits: number; misses: number; size: number } }>>
  expressions: Pick<Expressions, 'stats'>
  egress: Pick<Egress, 'stats'>
  recorder: Pick<Recorder, 'stats'>
  passwordHasher: Pick<PasswordHasher, 'queued'>
  notifications: Pick<Notifications, 'connected'>
  audit?: Pick<Audit, 'counts'>
}

/** Values by label value; a single number if the metric has no label. */
type Reading = number | Readonly<Record<string, number>>

function collectSources(
  registers: Registry[],
  { caches, expressions, egress, recorder, passwordHasher, notifications, audit }: MetricSources
): void {
  /** Registers a counter whose total is kept elsewhere, from the start of the process. */
  function total(name: string, help: string, read: () => Reading, label?: string): void {
    new Counter({
      name,
      help,
      registers,
      labelNames: label ? [label] : [],
      collect() {
        this.reset()
        write(read(), label, (labels, value) => this.inc(labels, value))
      }
    })
  }

  /** Registers a gauge: a value at the time of the scrape. */
  function gauge(name: string, help: string, read: () => Reading, label?: string): void {
    new Gauge({
      name,
      help,
      registers,
      labelNames: label ? [label] : [],
      collect() {
        this.reset()
        write(read(), label, (labels, value) => this.set(labels, value))
      }
    })
  }

  const ofCaches = (field: 'hits' | 'misses' | 'size'): Reading =>
    Object.fromEntries(Object.entries(caches).map(([name, cache]) => [name, cache.stats()[field]]))
  total('sluice_cache_hits_total', 'Cache hits.', () => ofCaches('hits'), 'cache')
  total('sluice_cache_misses_total', 'Cache misses: records read from the database.', () => ofCaches('misses'), 'cache')
  gauge('sluice_cache_records', 'Records in a cache.', () => ofCaches('size'), 'cache')

  total(
    'sluice_expressions_total',
    'Expressions evaluated, by path.',
    () => ({ fast: expressions.stats().fast, pool: expressions.stats().pool }),
    'path'
  )
  total(
    'sluice_expressions_aborted_total',
    'Expression evaluations stopped by a limit or by the caller.',
    () => expressions.stats().aborted
  )
  gauge(
    'sluice_expression_queue',
    'Expression evaluations waiting for a worker thread.',
    () => expressions.stats().queued
  )
  gauge('sluice_expression_workers', 'Worker threads of the expression pool.', () => expressions.stats().workers)

  gauge('sluice_password_queue', 'Password checks waiting to run.', () => passwordHasher.queued())

  gauge('sluice_run_records_waiting', 'Records of finished runs waiting to be written.', () => recorder.stats().waiting)
  total('sluice_run_records_written_total', 'Records of finished runs written.', () => recorder.stats().written)
  total(
    'sluice_run_records_dropped_total',
    'Records of finished runs lost because the database was down or slow for too long.',
    () => recorder.stats().dropped
  )

  total('sluice_egress_requests_total', 'Requests to upstreams.', () => egress.stats().requests)
  total(
    'sluice_egress_failures_total',
    'Failed requests to upstreams, by reason.',
    () => egress.stats().failures,
    'code'
  )
  total('sluice_egress_redirects_total', 'Redirects of upstreams followed.', () => egress.stats().redirects)
  total(
    'sluice_egress_retries_total',
    'Requests sent again because the upstream had closed the reused connection.',
    () => egress.stats().retries
  )
  gauge('sluice_egress_in_flight', 'Requests to upstreams in progress.', () => egress.stats().inFlight)
  gauge(
    'sluice_egress_connections',
    'Connections to upstreams, and requests waiting for one.',
    () => {
      const { open, idle, waiting } = egress.stats().connections
      return { open, idle, waiting }
    },
    'state'
  )

  gauge('sluice_notifications_connected', '1 while change notifications arrive from the other processes.', () =>
    Number(notifications.connected())
  )
  if (audit) total('sluice_audit_events_total', 'Events written to the audit log.', () => audit.counts(), 'action')
}

function write(
  reading: Reading,
  label: string | undefined,
  put: (labels: Record<string, string>, value: number) => void
): void {
  if (typeof reading === 'number') put({}, reading)
  else for (const [value, number] of Object.entries(reading)) put(label ? { [label]: value } : {}, number)
}

/** How often the event loop is timed, in milliseconds. */
const LAG_RESOLUTION_MS = 10

/** Measures how late the event loop is: the 99th percentile since the last scrape. */
function collectLoopLag(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS })
  delay.enable()
  new Gauge({
    name: 'sluice_event_loop_lag_seconds',
    help: 'How late the event loop was since the last scrape, 99th percentile.',
    registers: [registry],
    collect() {
      // The measured delay includes the time between two measurements.
      const lateMs = delay.count === 0 ? 0 : delay.percentile(99) / 1e6 - LAG_RESOLUTION_MS
      this.set(Math.max(0, lateMs) / 1000)
      delay.reset()
    }
  })
}

/**
 * Collects the statistics of durable runs, with one database query for each scrape. If the query fails, these series
 * are left out and the rest of the page is still served.
 */
export function collectEngine(registry: Registry, engine: Pick<DurableEngine, 'stats'>): void {
  let asked: Promise<EngineStats | undefined> | undefined
  function stats(): Promise<EngineStats | undefined> {
    asked ??= engine
      .stats()
      .catch(() => undefined)
      .finally(() =>
        setImmediate(() => {
          asked = undefined
        })
      )
    return asked
  }

  function gauge(name: string, help: string, read: (stats: EngineStats) => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const found = await stats()
        this.reset()
        if (found) this.set(read(found))
        else this.remove()
      }
    })
  }

  function total(name: string, help: string, read: (stats: EngineStats) => number): void {
    new Counter({
      name,
      help,
      registers: [registry],
      async collect() {
        const found = await stats()
        this.reset()
        if (found) this.inc(read(found))
        else this.remove()
      }
    })
  }

  new Gauge({
    name: 'sluice_durable_runs',
    help: 'Durable runs that have not ended, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const found = await stats()
      this.reset()
      if (found)
        for (const state of ['queued', 'running', 'waiting', 'blocked'] as const) this.set({ state }, found[state])
    }
  })
  gauge(
    'sluice_durable_oldest_queued_seconds',
    'Age of the oldest queued run.',
    ({ oldestQueuedMs }) => oldestQueuedMs / 1000
  )
  gauge(
    'sluice_durable_dead_letters',
    'Dead-lettered runs: out of attempts, kept for inspection and replay.',
    ({ deadLetters }) => deadLetters
  )
  total('sluice_durable_enqueued_total', 'Runs queued by this process.', ({ enqueued }) => enqueued)
  total('sluice_durable_ended_total', 'Runs ended by this process.', ({ ended }) => ended)
  total(
    'sluice_durable_resumed_total',
    'Runs that this process resumed after another process.',
    ({ resumed }) => resumed
  )
  total(
    'sluice_durable_handed_over_total',
    'Runs of dead processes that this one returned to the queue.',
    ({ handedOver }) => handedOver
  )
  total(
    'sluice_durable_fenced_writes_total',
    'Writes refused because another process had taken over the run.',
    ({ fencedWrites }) => fencedWrites
  )
  total('sluice_durable_scheduled_total', 'Runs started by a schedule.', ({ scheduled }) => scheduled)
}
