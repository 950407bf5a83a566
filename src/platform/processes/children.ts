import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { createBirpc } from 'birpc'
import { AggregatorRegistry, type MetricObject } from 'prom-client'
import type { Logger } from '../log/log.ts'

/** The functions of a child that the primary process calls. */
export interface ChildFunctions {
  /** The child's metrics. */
  series(): Promise<MetricObject[]>
  /** Tells proxies that the child is about to stop. */
  drain(): void
  /** Stops in order and ends the process. */
  stop(): void
}

/** The functions of the primary process that each child calls, besides those that the product adds. */
export interface PrimaryFunctions {
  /** Reports that the child answers calls. */
  ready(): void
  /** The metrics of all processes, as Prometheus reads them. */
  scrape(): Promise<string>
}

export interface ChildrenOptions<Own extends object> {
  count: number
  /**
   * The functions that children may call besides {@link PrimaryFunctions}. Arguments and results are passed as JSON.
   */
  functions: Own
  /** The metrics of this process. */
  series(): Promise<MetricObject[]>
  log: Logger
  /** Receives the output of the children in whole lines, so that those of several processes do not mix. */
  output: { write(lines: string): void }
}

export interface Children {
  scrape(): Promise<string>
  drain(): void
  /** Stops all children in order. */
  close(): Promise<void>
}

/** A child process could not start. It has printed the reason on standard error. */
export class ChildrenError extends Error {
  override readonly name = 'ChildrenError'
}

/** The delay before a child that ended is started again. It doubles each time until a child is ready. */
const RESTART_MS = 1_000
const RESTART_MAX_MS = 30_000
/** A child that does not return its metrics within this time is left out of a scrape. */
const SERIES_MS = 5_000

/**
 * Starts processes that run the same program and answer on one port, with Node's `cluster`.
 *
 * A child is starting until it calls `ready`, then answering, and ended once its process is gone. A child that ends
 * without being asked to is replaced.
 * @throws ChildrenError if a child ends before it is ready
 */
export async function startChildren<Own extends object>(options: ChildrenOptions<Own>): Promise<Children> {
  const { count, log, output } = options
  const answering = new Map<Worker, ChildFunctions>()
  let closing = false
  let restartMs = RESTART_MS
  cluster.setupPrimary({ silent: true })

  function start(): Promise<void> {
    const worker = cluster.fork()
    forwardLines(worker, output)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const rpc = createBirpc<ChildFunctions, PrimaryFunctions & Own>(
      {
        ...options.functions,
        scrape,
        ready() {
          answering.set(worker, {
            series: () => rpc.series(),
            drain: () => void rpc.drain.asEvent(),
            stop: () => void rpc.stop.asEvent()
          })
          restartMs = RESTART_MS
          resolve()
        }
      },
      {
        // A message to a process that has just ended is not an error: its `exit` event follows.
        post: (message) => void (worker.isConnected() && worker.send(message, () => {})),
        on: (receive) => worker.on('message', receive),
        timeout: SERIES_MS
      }
    )
    // Without a listener, a process that cannot be started or signalled would end this one.
    worker.on('error', (error) => reject(new ChildrenError(`A process could not be started: ${error.message}.`)))
    worker.once('exit', (code, signal) => {
      rpc.$close()
      reject(new ChildrenError(`A process ended before it could answer calls (${signal ?? `exit code ${code}`}).`))
      if (!answering.delete(worker) || closing) return
      log.error({ pid: worker.process.pid, code, signal }, 'a process ended: another one is started')
      void restart()
    })
    return promise
  }

  async function restart(): Promise<void> {
    while (!closing) {
      await pause(restartMs, undefined, { ref: false })
      restartMs = Math.min(restartMs * 2, RESTART_MAX_MS)
      if (closing) return
      try {
        return await start()
      } catch (error) {
        if (!closing) log.error({ err: error }, 'a process could not start')
      }
    }
  }

  async function scrape(): Promise<string> {
    const told = await Promise.allSettled([options.series(), ...[...answering.values()].map((child) => child.series())])
    const all = told.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
    return AggregatorRegistry.aggregate(all).metrics()
  }

  async function close(): Promise<void> {
    closing = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    await Promise.all(
      workers.map(async (worker) => {
        const gone = worker.isDead() ? undefined : once(worker, 'exit')
        const child = answering.get(worker)
        // A child that is still starting has nothing to close.
        if (child) child.stop()
        else worker.process.kill('SIGKILL')
        await gone
      })
    )
  }

  try {
    await Promise.all(Array.from({ length: count }, start))
  } catch (error) {
    await close()
    throw error
  }
  return {
    scrape,
    drain: () => {
      for (const child of answering.values()) child.drain()
    },
    close
  }
}

function forwardLines({ process: child }: Worker, output: { write(lines: string): void }): void {
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const end = chunk.lastIndexOf('\n') + 1
    if (end > 0) output.write(rest + chunk.slice(0, end))
    rest = end > 0 ? chunk.slice(end) : rest + chunk
  })
  child.stderr?.pipe(process.stderr, { end: false })
}
