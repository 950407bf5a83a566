import type { Metric, MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client'
import type { DurationCounts } from '../lib/duration-counts.ts'
import type { RunTimes } from '../runs/run-times.ts'

interface Series {
  labels: Readonly<Record<string, string>>
  times: DurationCounts
}

/** Registers how long runs and their steps take. Their counts are kept by the runs, and read at a scrape. */
export function collectRunTimes(registry: Registry, times: Pick<RunTimes, 'runs' | 'steps'>): void {
  histogram(
    registry,
    'sluice_run_duration_seconds',
    'Duration of runs that ended in this process, from their acceptance. Mode sync: within a request; async: durable.',
    times.runs
  )
  histogram(
    registry,
    'sluice_step_duration_seconds',
    'Duration of steps of runs. A step that a resumed run repeats counts once.',
    times.steps
  )
}

/**
 * prom-client's own histogram looks up its labels at each observation, which would cost a flow of many steps more than
 * its steps do.
 */
function histogram(registry: Registry, name: string, help: string, read: () => readonly Series[]): void {
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    get: async (): Promise<MetricObjectWithValues<MetricValueWithName<string>>> => ({
      name,
      help,
      type: 'histogram' as never,
      aggregator: 'sum',
      collect: () => {},
      values: read().flatMap((series) => valuesOf(name, series))
    }),
    reset() {}
  }
  registry.registerMetric(metric as unknown as Metric)
}

function valuesOf(name: string, { labels, times }: Series): MetricValueWithName<string>[] {
  const { counts, sumSeconds } = times.read()
  let count = 0
  const buckets = counts.map((each, index) => {
    count += each
    return {
      labels: { le: times.boundsSeconds[index] ?? '+Inf', ...labels },
      value: count,
      metricName: `${name}_bucket`
    }
  })
  return [
    ...buckets,
    { labels, value: sumSeconds, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` }
  ]
}
