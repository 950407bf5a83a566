import { Gauge, type Registry } from 'prom-client'

export interface AsyncGauge {
  name: string
  help: string
  /** Reads the value of one scrape. Without a value the series is left out. */
  read(): Promise<number | undefined>
}

/**
 * Registers a gauge of a value that is the same for all processes. Their readings differ only by age, so the largest is
 * reported.
 */
export function addAsyncGauge(registry: Registry, { name, help, read }: AsyncGauge): void {
  new Gauge({
    name,
    help,
    aggregator: 'max',
    registers: [registry],
    async collect() {
      const value = await read()
      this.reset()
      if (value === undefined) this.remove()
      else this.set(value)
    }
  })
}
