import { type Aggregator, Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { PasswordHasher } from '../accounts/password-hasher.ts'
import type { Audit } from '../audit.ts'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import type { Notifications } from '../platform/db/notify.ts'
import type { PeriodicJobs } from '../platform/db/periodic-jobs.ts'
import type { Egress } from '../platform/egress/index.ts'
import type { Recorder } from '../runs/recorder.ts'

/** From the time of an answer from memory to the time after which clients give up. */
export const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** The components that keep their own statistics. They are read when Prometheus scrapes, and cost nothing otherwise. */
export interface MetricSources {
  caches: Readonly<Record<string, { stats(): { hits: number; misses: number; size: number } }>>
  expressions: Pick<Expressions, 'stats'>
  egress: Pick<Egress, 'stats' | 'onEnded'>
  recorder: Pick<Recorder, 'stats'>
  passwordHasher: Pick<PasswordHasher, 'queued'>
  notifications: Pick<Notifications, 'connected'>
  periodicJobs: Pick<PeriodicJobs, 'stats'>
  audit?: Pick<Audit, 'counts'>
}

/** Values by label value; a single number if the metric has no label. */
type Reading = number | Readonly<Record<string, number>>

/** Registers the series of these components. */
export function collectSources(
  registers: Registry[],
  { caches, expressions, egress, recorder, passwordHasher, notifications, periodicJobs, audit }: MetricSources
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
  function gauge(
    name: string,
    help: string,
    read: () => Reading,
    label?: string,
    aggregator: Aggregator = 'sum'
  ): void {
    new Gauge({
      name,
      help,
      aggregator,
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
  const durations = new Histogram({
    name: 'sluice_egress_duration_seconds',
    help: 'Duration of requests to upstreams, redirects included.',
    buckets: LATENCY_BUCKETS_SECONDS,
    registers
  })
  egress.onEnded((ms) => durations.observe(ms / 1000))
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

  gauge(
    'sluice_notifications_connected',
    '1 while change notifications arrive from the other processes.',
    () => Number(notifications.connected()),
    undefined,
    'min'
  )
  total(
    'sluice_periodic_jobs_done_total',
    'Runs of periodic jobs that succeeded.',
    () => periodicJobs.stats().done,
    'job'
  )
  total(
    'sluice_periodic_jobs_failed_total',
    'Runs of periodic jobs that failed.',
    () => periodicJobs.stats().failed,
    'job'
  )
  gauge(
    'sluice_periodic_jobs_last_done_seconds',
    'When this process last did a periodic job, in seconds since 1970. Each job runs in one process at a time.',
    () => periodicJobs.stats().lastDone,
    'job'
  )
  total(
    'sluice_periodic_jobs_seconds_total',
    'Seconds that periodic jobs took.',
    () => periodicJobs.stats().seconds,
    'job'
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
