import { parseArgs } from 'node:util'
import { openCallBench, type ReferenceName } from './calls/bench.ts'
import type { CallName } from './calls/gateway.ts'
import { describeMachine } from './calls/machine.ts'
import { measure, measurePairs, medianOf, type Pairs, ratioOf } from './calls/pairs.ts'

// npm run bench: what a listener call costs, in units of a bare Fastify route that is measured beside it.
//
// Every row is a number of pairs of windows: one of load on the reference, one on the gateway, in turn. The servers
// stay on one core, the load on another. A twin of the reference is measured like the gateway: its ratio has to be 1,
// and where it is not, the machine was too busy for the run to count; the run then ends with 1.
//
//   npm run bench -- calls --only opaque,jwt --pairs 3

const SECONDS = 1
/** Seconds of warm-up load on the references. */
const WARM_SECONDS = 4
/** The range in which the ratio of the twin must be. */
const CONTROL = [0.95, 1.05] as const

interface Row {
  name: string
  call: CallName | 'twin'
  connections: number
  reference: ReferenceName
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

await using bench = await openCallBench()
const { driver } = bench
const [reference, twin] = [await bench.startReference(), await bench.startReference()]
const calls = await bench.startGateway()

for (const target of [...Object.values(reference), twin.plain]) await measure(driver, target, 32, WARM_SECONDS)
const figures: string[] = []
let control = NaN
for (const row of rows) {
  const target = row.call === 'twin' ? twin.plain : calls[row.call]
  const options = { pairs: Number(values.pairs), connections: row.connections, seconds: SECONDS }
  const pairs = await measurePairs(driver, target, reference[row.reference], options)
  if (row.call === 'twin') control = ratioOf(pairs, 'cpu')
  figures.push(line(row, pairs))
  process.stderr.write(`${row.name}: ${ratioOf(pairs, 'cpu').toFixed(2)} ×\n`)
}
print(driver.name, figures)
if (!(control >= CONTROL[0] && control <= CONTROL[1])) {
  console.log(`\nThis run does not count: the twin took ${control.toFixed(2)} × the reference, and has to take 1.`)
  process.exitCode = 1
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
