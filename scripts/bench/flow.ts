import { cpus } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { createExpressions } from '../../src/dsl/expressions/expressions.ts'
import {
  compileFlow,
  type FlowDocument,
  type FlowPorts,
  lintDocument,
  runFlow,
  type StepRecord
} from '../../src/dsl/index.ts'
import { median } from './processes.ts'
import { ORDER, priceByHand, TEN_TASKS } from './ten-tasks.ts'

// npm run bench:flow (npm run bench runs it too): measures the engine beside the same logic written by hand.
// Each candidate runs for one window of CPU time per round, in one process. Ratios are medians over the rounds, of
// windows measured back to back.

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9)
const WINDOW_MICROS = 250_000
const WARM_MICROS = 2_000_000
/** How many runs are made between two readings of the clock. */
const BATCH = 200

const ONE_SET: FlowDocument = {
  document: { dsl: '1.0.3', namespace: 'bench', name: 'one-set', version: '1.0.0' },
  do: [{ answer: { set: { ok: true, id: 'abc123', status: 'done' } } }]
}

const unreachable = async (): Promise<never> => {
  throw new Error('a flow without calls reached out')
}
const ports: FlowPorts = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: unreachable,
  http: unreachable,
  secrets: unreachable,
  subflow: unreachable,
  start: unreachable,
  emit: unreachable,
  listen: unreachable
}

/** Keeps the last result, so that the compiler cannot leave out its computation. */
let kept: unknown

const expressions = createExpressions()
const ten = await flowOf(TEN_TASKS)
const one = await flowOf(ONE_SET)
const candidates: { name: string; run: () => unknown }[] = [
  { name: 'the same by hand', run: () => priceByHand(ORDER) },
  { name: 'ten tasks', run: () => ten(undefined) },
  { name: 'ten tasks, each recorded as a listener does', run: () => recorded(ten) },
  { name: 'one `set`', run: () => one(undefined) },
  { name: 'one `set`, recorded', run: () => recorded(one) }
]

const outcome = await ten(undefined)
if (!isDeepStrictEqual(outcome, { status: 'succeeded', output: priceByHand(ORDER) }))
  throw new Error(`the flow and the function differ: ${JSON.stringify(outcome)}`)
for (const { run } of candidates) await measure(run, WARM_MICROS)
const samples = candidates.map((): number[] => [])
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, { run }] of candidates.entries()) samples[index]?.push(await measure(run, WINDOW_MICROS))
}
if (kept === undefined || expressions.stats().pool > 0)
  throw new Error('a run gave nothing, or an expression went to the pool')
await expressions.close()
print()

async function flowOf(document: FlowDocument): Promise<(onStep: ((step: StepRecord) => void) | undefined) => unknown> {
  const faults = await lintDocument(document, expressions)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  const flow = compileFlow(document, expressions)
  return (onStep) =>
    runFlow(flow, ORDER, {
      runtime: { version: '0.0.0', metadata: { runId: 'run_bench' } },
      ports,
      startedAt: Date.now(),
      ...(onStep === undefined ? {} : { onStep })
    })
}

async function recorded(run: (onStep: (step: StepRecord) => void) => unknown): Promise<number> {
  const steps: StepRecord[] = []
  await run((step) => steps.push(step))
  return steps.length
}

/** CPU microseconds a run, all threads of the process. */
async function measure(run: () => unknown, micros: number): Promise<number> {
  const before = process.cpuUsage()
  for (let runs = BATCH; ; runs += BATCH) {
    for (let n = 0; n < BATCH; n++) {
      const result = run()
      kept = result instanceof Promise ? await result : result
    }
    const { user, system } = process.cpuUsage(before)
    if (user + system >= micros) return (user + system) / runs
  }
}

function print(): void {
  console.log(
    `\n${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ` +
      `${process.version}; ${ROUNDS} rounds in turn\n`
  )
  console.log('| a flow without calls | CPU per run | beside the function |\n| --- | --- | --- |')
  for (const [index, { name }] of candidates.entries()) {
    const ratio = median((samples[index] ?? []).map((sample, round) => sample / (samples[0]?.[round] ?? NaN)))
    console.log(`| ${name} | ${median(samples[index] ?? []).toFixed(2)} µs | ${ratio.toFixed(1)} × |`)
  }
}
