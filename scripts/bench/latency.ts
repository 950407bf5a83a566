import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { openCallBench } from './calls/bench.ts'
import { CORES, describeMachine } from './calls/machine.ts'
import type { PacedResult, PacedWindow } from './calls/drive-paced.ts'
import { measure, medianOf, type Sample } from './calls/pairs.ts'
import { median } from './processes.ts'

// npm run bench -- latency: measures how long callers wait at half of the highest load that the gateway handles, beside
// a bare Fastify route and its twin at the same rate. Windows of the three follow each other in turn.

const CONNECTIONS = 32
const SECONDS = 2
const WARM_SECONDS = 4
const HIGHEST_WINDOWS = 3

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '7' } } })
await using bench = await openCallBench()
const { driver } = bench
const [bare, twin] = [(await bench.startReference()).plain, (await bench.startReference()).plain]
const { opaque: gateway } = await bench.startGateway()
const paced = await bench.start('calls/paced.ts', [], CORES.load)
const targets = { bare, twin, gateway }

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

async function drive(paced: ChildProcess, window: PacedWindow): Promise<PacedResult> {
  const answered = once(paced, 'message') as Promise<[PacedResult]>
  paced.send(window)
  return (await answered)[0]
}
