import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../../src/lib/free-port.ts'
import { openDriver } from './calls/drive.ts'
import { type CallName, LARGE_BODY, startGateway } from './calls/gateway.ts'
import { CORES, describeMachine, stopAll } from './calls/machine.ts'
import { measure, measurePairs, medianOf, type Pairs, ratioOf, type Target } from './calls/pairs.ts'
import { start } from './processes.ts'

// npm run bench: what a listener call costs, in units of a bare Fastify route that is measured beside it.
//
// Every row is a number of pairs of windows: one of load on the reference, one on the gateway, in turn. The servers
// stay on one core, the load on another. A twin of the reference is measured like the gateway: its ratio has to be 1, and
// where it is not, the machine was too busy for the run to count; the run then ends with 1.
//
//   npm run bench -- calls --only opaque,jwt --pairs 3

const SECONDS = 1
const WARM_SECONDS = 4
/** What the twin may be off by. */
const CONTROL = [0.95, 1.05] as const

interface Row {
  name: string
  call: CallName | 'twin'
  connections: number
  reference: 'plain' | 'body' | 'upstream'
}

const ROWS: readonly Row[] = [
  { name: 'control: the twin of the reference', call: 'twin', connections: 32, reference: 'plain' },
  { name: 'opaque token, one set', call: 'opaque', connections: 32, reference: 'plain' },
  { name: 'the same, 1 connection', call: 'opaque', connections: 1, reference: 'plain' },
  { name: 'the same, 256 connections', call: 'opaque', connections: 256, reference: 'plain' },
  { name: 'JWT, one set', call: 'jwt', connections: 32, reference: 'plain' },
  { name: 'Basic, one set', call: 'basic', connections: 32, reference: 'plain' },
  { name: "customer's JWT, one set", call: 'customer', connections: 32, reference: 'plain' },
  { name: 'one upstream call (beside the same by undici)', call: 'upstream', connections: 32, reference: 'upstream' },
  { name: '10 kB body, echoed (beside the same echo)', call: 'body', connections: 32, reference: 'body' },
  { name: 'ten tasks', call: 'tenTasks', connections: 32, reference: 'plain' },
  { name: 'an expression that jq runs', call: 'jq', connections: 32, reference: 'plain' },
  { name: 'a durable run, enqueued', call: 'async', connections: 32, reference: 'plain' }
]

const { values } = parseArgs({ options: { only: { type: 'string' }, pairs: { type: 'string', default: '7' } } })
const only = values.only?.split(',')
const rows = ROWS.filter(({ call }) => call === 'twin' || !only || only.includes(call))

const folder = await mkdtemp(path.join(tmpdir(), 'sluice-bench-'))
const children: ChildProcess[] = []
try {
  await using driver = await openDriver({ core: CORES.load, folder })
  const upstreamPort = await freePort()
  await keep(start(script('upstream.ts'), [String(upstreamPort)], {}, { core: CORES.load }))
  const [reference, twin] = [await startReference(upstreamPort), await startReference(upstreamPort)]
  const { child, calls } = await startGateway({ port: await freePort(), upstreamPort, folder, core: CORES.server })
  children.push(child)

  for (const target of [...Object.values(reference), twin.plain]) await measure(driver, target, 32, WARM_SECONDS)
  const figures: string[] = []
  let control = NaN
  for (const row of rows) {
    const target = row.call === 'twin' ? twin.plain : calls[row.call]
    const options = { pairs: Number(values.pairs), connections: row.connections, seconds: SECONDS }
    const pairs = await measurePairs(driver, target, reference[row.reference], {
      ...options,
      warmSeconds: WARM_SECONDS
    })
    if (row.call === 'twin') control = ratioOf(pairs, 'cpu')
    figures.push(line(row, pairs))
    process.stderr.write(`${row.name}: ${ratioOf(pairs, 'cpu').toFixed(2)} ×\n`)
  }
  print(driver.name, figures)
  if (!(control >= CONTROL[0] && control <= CONTROL[1])) {
    console.log(`\nThis run does not count: the twin took ${control.toFixed(2)} × the reference, and has to take 1.`)
    process.exitCode = 1
  }
} finally {
  await stopAll(children)
  await rm(folder, { recursive: true, force: true })
}

async function startReference(upstreamPort: number): Promise<Record<Row['reference'], Target>> {
  const port = await freePort()
  const args = [String(port), `http://127.0.0.1:${upstreamPort}`]
  const { pid = 0 } = await keep(start(script('reference.ts'), args, {}, { core: CORES.server }))
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

function line({ name }: Row, pairs: Pairs): string {
  const { target, reference } = pairs
  const times = (figure: 'cpu' | 'treeCpu' | 'p99'): string => `${ratioOf(pairs, figure).toFixed(2)} ×`
  const cells = [
    name,
    times('cpu'),
    times('treeCpu'),
    `${medianOf(target, 'cpu').toFixed(0)} of ${medianOf(reference, 'cpu').toFixed(0)} µs`,
    medianOf(target, 'perSecond').toFixed(0),
    `${medianOf(target, 'p50').toFixed(1)} ms`,
    `${medianOf(target, 'p99').toFixed(1)} ms`,
    target.reduce((sum, sample) => sum + sample.bad, 0)
  ]
  return `| ${cells.join(' | ')} |`
}

function print(driver: string, figures: readonly string[]): void {
  console.log(`\n${describeMachine(`${values.pairs} pairs of windows of ${SECONDS} s, load by ${driver}`)}\n`)
  console.log('| | gateway alone | with PostgreSQL | CPU per request | requests/s | p50 | p99 | not 2xx |')
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const figure of figures) console.log(figure)
}

async function keep(starting: Promise<ChildProcess>): Promise<ChildProcess> {
  const child = await starting
  children.push(child)
  return child
}

function script(name: string): string {
  return new URL(`./${name}`, import.meta.url).pathname
}
