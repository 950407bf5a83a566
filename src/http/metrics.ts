import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'
import { collectSources, type MetricSources } from './metric-sources.ts'
import type { CallReport } from './report.ts'

export interface Metrics {
  /** Counts a finished call. Costs about a microsecond: what a kind of call is counted under is found out once. */
  onCall(report: CallReport): void
  /** What a scrape answers, in Prometheus's text format. */
  registry: Registry
}

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Reasons are counted by name up to this many different ones, so that no text from outside can grow the page. */
export const REASONS_MAX = 100
/** A reason is a word of ours. A sentence, or what an unforeseen error says, is `other`. */
const REASON = /^[a-z][a-z0-9_]{1,39}$/

/** The part of the gateway that a route belongs to: latencies are kept by it, not by route. */
export function routeClass(route: string): 'listener' | 'management' | 'other' {
  if (route.startsWith('/v1/dynamic/')) return 'listener'
  return route.startsWith('/v1/') ? 'management' : 'other'
}

/** Its own registry, so that several servers in one process do not add up. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  collectSources(registers, sources)

  const requests = new Counter({
    name: 'sluice_http_requests_total',
    help: 'Finished calls.',
    labelNames: ['route', 'method', 'status'],
    registers
  })
  const durations = new Histogram({
    name: 'sluice_http_request_duration_seconds',
    help: 'How long calls took, by part of the gateway.',
    labelNames: ['class'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers
  })
  const listenerCalls = new Counter({
    name: 'sluice_listener_calls_total',
    help: 'Calls of listeners: answered, or the code they were refused with.',
    labelNames: ['outcome'],
    registers
  })
  const refusals = new Counter({
    name: 'sluice_refusals_total',
    help: 'Refused calls by public code and by the reason that only we know.',
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

/** Finds a value by key, making it the first time. Every key here is one of few: routes, methods, statuses and codes are ours. */
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
