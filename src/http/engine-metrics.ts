import { Counter, Gauge, type Registry } from 'prom-client'
import type { EngineStats, Runs } from '../runs/engine.ts'
import { addAsyncGauge } from './async-gauge.ts'

/**
 * Collects the statistics of durable runs, with one database query per scrape. The values of the database are the same
 * for all processes, so the largest of several readings is reported. If the query fails, these series are left out and
 * the rest of the page is still served.
 */
export function collectEngine(registry: Registry, engine: Pick<Runs, 'stats'>): void {
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
    const readFound = async (): Promise<number | undefined> => {
      const found = await stats()
      return found && read(found)
    }
    addAsyncGauge(registry, { name, help, read: readFound })
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
    aggregator: 'max',
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
