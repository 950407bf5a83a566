import { type ChildProcess, execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Window, WindowResult } from '../load.ts'
import { start } from '../processes.ts'

/** Sends the load, one window at a time. */
export interface Driver extends AsyncDisposable {
  name: string
  drive(window: Window): Promise<WindowResult>
}

export interface DriverOptions {
  /** Number of the core to which the driver is bound. */
  core: number | undefined
  /** A folder for its files. */
  folder: string
}

/** `wrk` if it is installed, because it needs less of the machine; otherwise autocannon. */
export async function openDriver(options: DriverOptions): Promise<Driver> {
  return isInstalled('wrk') ? openWrk(options) : openAutocannon(options)
}

export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}

/** The script that makes wrk print its results as JSON. Its times are microseconds. */
const REPORT = `function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"micros":%d,"p50":%d,"p99":%d,"bad":%d}\\n',
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`

function openWrk({ core, folder }: DriverOptions): Driver {
  const run = promisify(execFile)
  let scripts = 0
  const written = new Map<string, string>()

  function scriptOf({ method = 'GET', body }: Window): string {
    const request = `wrk.method = "${method}"\n${body === undefined ? '' : `wrk.body = [==[${body}]==]\n`}`
    const known = written.get(request)
    if (known) return known
    const file = path.join(folder, `wrk-${++scripts}.lua`)
    writeFileSync(file, request + REPORT)
    written.set(request, file)
    return file
  }

  return {
    name: 'wrk',
    async drive(window) {
      const { connections, seconds, headers, url } = window
      const command = [
        ...(core === undefined ? [] : ['taskset', '--cpu-list', String(core)]),
        ...['wrk', '--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`],
        ...['--timeout', '10s', '--script', scriptOf(window)],
        ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
        url
      ]
      const { stdout, stderr } = await run(command[0] ?? '', command.slice(1))
      const report = /^\{.*\}$/m.exec(stdout)?.[0]
      if (report === undefined) throw new Error(`wrk did not report: ${stdout}${stderr}`)
      const { requests, micros, p50, p99, bad } = JSON.parse(report)
      return { requests, seconds: micros / 1e6, p50: p50 / 1000, p99: p99 / 1000, bad }
    },
    async [Symbol.asyncDispose]() {}
  }
}

async function openAutocannon({ core }: DriverOptions): Promise<Driver> {
  const child: ChildProcess = await start(new URL('../load.ts', import.meta.url).pathname, [], {}, { core })
  return {
    name: 'autocannon',
    async drive(window) {
      const answered = once(child, 'message') as Promise<[WindowResult]>
      child.send(window)
      const [result] = await answered
      return result
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'exit')
    }
  }
}
