import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { createDurationCounts, type DurationCounts } from '../lib/duration-counts.ts'
import type { CallReport } from '../platform/log/call-report.ts'
import { registerHistogram } from './histogram.ts'
import { collectSources, LATENCY_BUCKETS_SECONDS, type MetricSources } from './metric-sources.ts'

export interface Metrics {
  /** Counts a finished call. Costs less than a microsecond: the labels of each kind of call are resolved once. */
  onCall(report: CallReport): void
  registry: Registry
  /** Returns the page in Prometheus's text format: the series of all processes that answer on this port. */
  scrape(): Promise<string>
}

/** The number of different reasons counted by name. The limit keeps input from outside from growing the page. */
export const REASONS_MAX = 100
/**
 * Matches the reasons that the gateway defines. Other texts, such as messages of unexpected errors, count as `other`.
 */
const REASON = /^[a-z][a-z0-9_]{1,39}$/

type RouteClass = 'listener' | 'management' | 'other'

/** The part of the gateway that a route belongs to. Latencies are recorded for each part, not for each route. */
export function routeClass(route: string): RouteClass {
  if (route.startsWith('/v1/dynamic/') || route.startsWith('/v1/call/')) return 'listener'
  return route.startsWith('/v1/') ? 'management' : 'other'
}

/**
 * Creates the metrics in a registry of their own, so that the counts of several servers in one process stay apart.
 * @param scrape reads the series of all processes; default: only this process
 */
export function createMetrics(sources: MetricSources, scrape?: () => Promise<string>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  collectSources(registers, sources)
  collectLoopLag(registry)

  const calls = createCallCounts()
  new Counter({
    name: 'sluice_http_requests_total',
    help: 'Finished calls.',
    labelNames: ['route', 'method', 'status'],
    registers,
    collect() {
      for (const { labels, count } of calls.take()) this.inc(labels, count)
    }
  })
  registerHistogram(
    registry,
    'sluice_http_request_duration_seconds',
    'Duration of calls, by part of the gateway.',
    calls.durations
  )
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

  const outcomeCounters = remembered((outcome: string) => listenerCalls.labels(outcome))
  const refusalCounters = remembered((code: string) => remembered((why: string) => refusals.labels(code, why)))
  const nameReason = createReasonNames()

  return {
    registry,
    scrape: scrape ?? (() => registry.metrics()),
    onCall(report) {
      if (calls.add(report) === 'listener') outcomeCounters(report.code ?? 'answered').inc()
      if (report.code) {
        const why = report.code === 'internal_error' ? 'other' : nameReason(report.why)
        refusalCounters(report.code)(why).inc()
      }
    }
  }
}

/**
 * Returns the value of a key and creates it on first use. The number of keys is small: routes, methods, statuses and
 * codes are defined here.
 */
function remembered<K, T>(make: (key: K) => T): (key: K) => T {
  const known = new Map<K, T>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    known.set(key, made)
    return made
  }
}

interface CallCount {
  labels: { route: string; method: string; status: string }
  part: RouteClass
  /** The durations of all calls of this part. */
  times: DurationCounts
  /** Calls since the last scrape. */
  count: number
}

interface CallCounts {
  /** Returns the part of the gateway that the call was to. */
  add(call: CallReport): RouteClass
  /** The calls since the last time. */
  take(): CallCount[]
  durations(): { labels: { class: RouteClass }; times: DurationCounts }[]
}

/**
 * Counts calls in plain numbers, which the registry gets when it is read. The registry's own counters assemble a key
 * for each call; here the three known texts are looked up one after the other.
 */
function createCallCounts(): CallCounts {
  const all: CallCount[] = []
  const parts = new Map<RouteClass, DurationCounts>()
  const timesOf = (part: RouteClass): DurationCounts => {
    const times = parts.get(part) ?? createDurationCounts(LATENCY_BUCKETS_SECONDS)
    parts.set(part, times)
    return times
  }
  const countOf = remembered((route: string) =>
    remembered((method: string) =>
      remembered((status: number): CallCount => {
        const part = routeClass(route)
        const made = { labels: { route, method, status: String(status) }, part, times: timesOf(part), count: 0 }
        all.push(made)
        return made
      })
    )
  )
  return {
    add({ route, method, status, ms }) {
      const counted = countOf(route)(method)(status)
      counted.count++
      counted.times.add(ms)
      return counted.part
    },
    take() {
      const taken = all.filter(({ count }) => count > 0).map((counted) => ({ ...counted }))
      for (const counted of all) counted.count = 0
      return taken
    },
    durations: () => [...parts].map(([part, times]) => ({ labels: { class: part }, times }))
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

/** How often the event loop is timed, in milliseconds. */
const LAG_RESOLUTION_MS = 10

/** Measures how late the event loop is: the 99th percentile since the last scrape. */
function collectLoopLag(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS })
  delay.enable()
  new Gauge({
    name: 'sluice_event_loop_lag_seconds',
    help: 'How late the event loop was since the last scrape, 99th percentile.',
    aggregator: 'max',
    registers: [registry],
    collect() {
      // The measured delay includes the time between two measurements.
      const lateMs = delay.count === 0 ? 0 : delay.percentile(99) / 1e6 - LAG_RESOLUTION_MS
      this.set(Math.max(0, lateMs) / 1000)
      delay.reset()
    }
  })
}
