import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../../src/lib/free-port.ts'
import { openDriver } from './calls/drive.ts'
import { startGateway } from './calls/gateway.ts'
import { CORES, describeMachine, stopAll } from './calls/machine.ts'
import type { PacedResult, PacedWindow } from './calls/drive-paced.ts'
import { measure, medianOf, type Sample, type Target } from './calls/pairs.ts'
import { median, start } from './processes.ts'

// npm run bench -- latency: how long callers wait at half of the highest load that the gateway takes, beside a bare
// Fastify route and its twin at the same rate. Windows of the three follow each other in turn.

const CONNECTIONS = 32
const SECONDS = 2
const WARM_SECONDS = 4
const HIGHEST_WINDOWS = 3

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '7' } } })
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-latency-'))
const children: ChildProcess[] = []
try {
  await using driver = await openDriver({ core: CORES.load, folder })
  const upstreamPort = await freePort()
  const [bare, twin] = [await startReference(upstreamPort), await startReference(upstreamPort)]
  const { child, calls } = await startGateway({ port: await freePort(), upstreamPort, folder, core: CORES.server })
  children.push(child)
  const paced = await keep(start(script('calls/paced.ts'), [], {}, { core: CORES.load }))
  const targets = { bare, twin, gateway: calls.opaque }

  for (const target of Object.values(targets)) await measure(driver, target, CONNECTIONS, WARM_SECONDS)
  const highest: Sample[] = []
  for (let count = 0; count < HIGHEST_WINDOWS; count++)
    highest.push(await measure(driver, targets.gateway, CONNECTIONS, SECONDS))
  const perSecond = Math.round(medianOf(highest, 'perSecond') / 2)

  const results: Record<keyof typeof targets, PacedResult[]> = { bare: [], twin: [], gateway: [] }
  for (let pair = 0; pair < Number(values.pairs); pair++)
    for (const name of ['bare', 'twin', 'gateway'] as const) {
      const { url, headers } = targets[name].request
      results[name].push(await drive(paced, { url, headers, perSecond, seconds: SECONDS }))
    }

  console.log(`\n${describeMachine(`${values.pairs} windows of ${SECONDS} s each, ${perSecond} requests/s`)}\n`)
  console.log('| | p50 | p99 | beside the bare route: p50 | p99 | not 2xx |\n| --- | --- | --- | --- | --- | --- |')
  for (const name of ['bare', 'twin', 'gateway'] as const) {
    const of = (figure: 'p50' | 'p99'): string => `${median(results[name].map((each) => each[figure])).toFixed(2)} ms`
    const beside = (figure: 'p50' | 'p99'): string =>
      `${median(results[name].map((each, at) => each[figure] / (results.bare[at]?.[figure] ?? NaN))).toFixed(2)} ×`
    const bad = results[name].reduce((sum, each) => sum + each.bad, 0)
    console.log(`| ${name} | ${of('p50')} | ${of('p99')} | ${beside('p50')} | ${beside('p99')} | ${bad} |`)
  }
} finally {
  await stopAll(children)
  await rm(folder, { recursive: true, force: true })
}

async function drive(paced: ChildProcess, window: PacedWindow): Promise<PacedResult> {
  const answered = once(paced, 'message') as Promise<[PacedResult]>
  paced.send(window)
  return (await answered)[0]
}

async function startReference(upstreamPort: number): Promise<Target> {
  const port = await freePort()
  const args = [String(port), `http://127.0.0.1:${upstreamPort}`]
  const { pid = 0 } = await keep(start(script('reference.ts'), args, {}, { core: CORES.server }))
  return { pid, request: { url: `http://127.0.0.1:${port}/plain`, headers: {} } }
}

async function keep(starting: Promise<ChildProcess>): Promise<ChildProcess> {
  const child = await starting
  children.push(child)
  return child
}

function script(name: string): string {
  return new URL(`./${name}`, import.meta.url).pathname
}
