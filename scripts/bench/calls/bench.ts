import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../../src/lib/free-port.ts'
import { start } from '../processes.ts'
import { type Driver, openDriver } from './drive.ts'
import { type CallName, LARGE_BODY, startGateway } from './gateway.ts'
import { CORES } from './machine.ts'
import type { Target } from './pairs.ts'

export type ReferenceName = 'plain' | 'body' | 'upstream'

/**
 * The servers and the load of a bench of calls. Disposing stops the processes, the newest first, and removes all files.
 */
export interface CallBench extends AsyncDisposable {
  folder: string
  driver: Driver
  /** The port that the servers call. */
  upstreamPort: number
  /** Starts a script of `scripts/bench`. */
  start(script: string, args: readonly string[], core: number | undefined): Promise<ChildProcess>
  /** Registers a process that was started elsewhere, to be stopped with the others. */
  keep(child: ChildProcess): void
  startReference(): Promise<Record<ReferenceName, Target>>
  /** @param options several processes are not bound to a core */
  startGateway(options?: { processes: number }): Promise<Record<CallName, Target>>
}

/**
 * Starts the driver of the load and the upstream of the servers. Servers and load are bound to different cores if there
 * are two.
 */
export async function openCallBench(): Promise<CallBench> {
  await using starting = new AsyncDisposableStack()
  const stack = starting.use(new AsyncDisposableStack())
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-bench-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const keep = (child: ChildProcess): void => stack.defer(() => stop(child))
  const driver = stack.use(await openDriver({ core: CORES.load, folder }))
  const upstreamPort = await freePort()

  async function startScript(script: string, args: readonly string[], core: number | undefined): Promise<ChildProcess> {
    const child = await start(new URL(`../${script}`, import.meta.url).pathname, args, {}, { core })
    keep(child)
    return child
  }

  async function startReference(): Promise<Record<ReferenceName, Target>> {
    const port = await freePort()
    const args = [String(port), `http://127.0.0.1:${upstreamPort}`]
    const { pid = 0 } = await startScript('reference.ts', args, CORES.server)
    const url = `http://127.0.0.1:${port}`
    return {
      plain: { pid, request: { url: `${url}/plain`, headers: {} } },
      upstream: { pid, request: { url: `${url}/upstream`, headers: {} } },
      body: {
        pid,
        request: {
          url: `${url}/body`,
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(LARGE_BODY)
        }
      }
    }
  }

  await startScript('upstream.ts', [String(upstreamPort)], CORES.load)
  starting.move()
  return {
    folder,
    driver,
    upstreamPort,
    start: startScript,
    keep,
    startReference,
    async startGateway(options) {
      const place = { port: await freePort(), upstreamPort, folder, core: options ? undefined : CORES.server }
      const { child, calls } = await startGateway({ ...place, ...options })
      keep(child)
      return calls
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync()
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGINT')
  await once(child, 'exit')
}
