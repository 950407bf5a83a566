import type { Metric, MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client'
import type { DurationCounts } from '../lib/duration-counts.ts'

interface Series {
  labels: Readonly<Record<string, string>>
  times: DurationCounts
}

/**
 * Registers a histogram whose counts are kept elsewhere and are read at a scrape. The histogram of prom-client looks up
 * its labels at each observation, which would cost a flow of many steps more than the steps themselves.
 */
export function registerHistogram(registry: Registry, name: string, help: string, read: () => readonly Series[]): void {
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
