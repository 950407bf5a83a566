import cluster from 'node:cluster'
import type { Pool } from 'pg'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Drain } from './drain.ts'

export interface ProcessSources {
  version: string
  pool: Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount' | 'options'>
  drain: Pick<Drain, 'isDraining'>
}

const MICROSECONDS = 1e6

/**
 * Collects the version and the resources of each process. Series of several processes on one port are otherwise added
 * up; these stay separate (label `process`), so that a busy or growing process is visible.
 */
export function collectProcess(registry: Registry, { version, pool, drain }: ProcessSources): void {
  const registers = [registry]
  const process_ = cluster.worker ? String(cluster.worker.id) : 'primary'

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      labelNames: ['process'],
      registers,
      collect() {
        this.set({ process: process_ }, read())
      }
    })
  }

  new Gauge({
    name: 'sluice_build_info',
    help: '1; its labels say what runs.',
    labelNames: ['version', 'node'],
    aggregator: 'max',
    registers
  }).set({ version, node: process.versions.node }, 1)
  new Counter({
    name: 'sluice_process_cpu_seconds_total',
    help: 'Time of processors that a process used, with its threads.',
    labelNames: ['process'],
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc({ process: process_ }, (user + system) / MICROSECONDS)
    }
  })
  gauge('sluice_process_resident_memory_bytes', 'Memory of a process.', () => process.memoryUsage.rss())
  gauge('sluice_process_draining', '1 while a process is about to stop.', () => Number(drain.isDraining()))
  gauge('sluice_database_pool_max', 'Connections that a process opens at most.', () => pool.options.max)
  new Gauge({
    name: 'sluice_database_pool_connections',
    help: 'Connections of a process to the database, and statements that wait for one.',
    labelNames: ['process', 'state'],
    registers,
    collect() {
      this.set({ process: process_, state: 'busy' }, pool.totalCount - pool.idleCount)
      this.set({ process: process_, state: 'idle' }, pool.idleCount)
      this.set({ process: process_, state: 'waiting' }, pool.waitingCount)
    }
  })
}
