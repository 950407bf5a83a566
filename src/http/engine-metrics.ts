import { Counter, Gauge, type Registry } from 'prom-client'
import type { DurableEngine, EngineStats } from '../runs/engine.ts'

/** The numbers of durable runs. One question to the database a scrape; where it has no answer the series are left out, and the page is still there. */
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
    'How long the oldest queued run has waited.',
    ({ oldestQueuedMs }) => oldestQueuedMs / 1000
  )
  gauge(
    'sluice_durable_dead_letters',
    'Runs given up, kept to be looked at and replayed.',
    ({ deadLetters }) => deadLetters
  )
  total('sluice_durable_enqueued_total', 'Runs queued by this process.', ({ enqueued }) => enqueued)
  total('sluice_durable_ended_total', 'Runs ended by this process.', ({ ended }) => ended)
  total(
    'sluice_durable_resumed_total',
    'Runs that this process took up where another had left them.',
    ({ resumed }) => resumed
  )
  total(
    'sluice_durable_handed_over_total',
    'Runs of lost processes that this one gave back to the queue.',
    ({ handedOver }) => handedOver
  )
  total(
    'sluice_durable_fenced_writes_total',
    'Writes refused because the run belonged to another process by then.',
    ({ fencedWrites }) => fencedWrites
  )
  total('sluice_durable_scheduled_total', 'Runs started by a schedule.', ({ scheduled }) => scheduled)
}
