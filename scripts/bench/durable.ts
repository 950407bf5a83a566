import { randomUUID } from 'node:crypto'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { systemClock } from '../../src/lib/clock.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { newRun } from '../chaos/durable/scratch-rows.ts'
import { openWorker } from '../chaos/durable/worker.ts'
import { benchFlow, CONCURRENT_CALLERS, eachOf, timed, untilSo } from './durable/load.ts'
import { compareEngines } from './durable/engines.ts'
import { showPlans } from './durable/plans.ts'
import { counted } from './durable/statements.ts'

// npm run bench -- durable: measures the cost of a durable run beside an empty job of pg-boss, in the same run and on
// the same database, and then both engines by the same measure. --plans: prints the plans of the hot statements with a
// million runs. Uses loopback and a scratch database only, and ends by itself.

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000' },
    plans: { type: 'boolean', default: false },
    history: { type: 'string', default: '1000000' }
  }
})
const RUNS = Math.min(20_000, Number(values.runs))
const HISTORY = Math.min(5_000_000, Number(values.history))
const WARM_RUNS = 300
const EFFECTS = 10
const LATENCY_SAMPLES = 100

const scratch = await openScratchDatabase('bench-durable')
try {
  await (values.plans ? showPlans(scratch.url, HISTORY) : compare(scratch.url))
} finally {
  await scratch[Symbol.asyncDispose]()
}
process.exit(0)

async function compare(url: string): Promise<void> {
  const oneTransform = [{ answer: { set: { ok: true } } }]
  // Each wait is one effect in the journal, which costs as much as a call without its upstream.
  const tenEffects = Array.from({ length: EFFECTS }, (_, n) => ({ [`e${n}`]: { wait: { milliseconds: 1 } } }))
  // Otherwise the first candidate would pay for compilation and the cold database.
  await benchBoss(url, WARM_RUNS)
  await benchRuns(url, tenEffects, WARM_RUNS)
  const bare = await benchBoss(url, RUNS)
  const empty = await benchRuns(url, oneTransform, RUNS)
  const effects = await benchRuns(url, tenEffects, RUNS)
  console.log(
    `\n${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ` +
      `${process.version}; ${RUNS} of each, ${CONCURRENT_CALLERS} callers\n`
  )
  console.log(
    '| | enqueued/s | drained/s | SQL statements | p50 | p99 | latency added |\n' +
      '| --- | --- | --- | --- | --- | --- | --- |'
  )
  for (const [name, row] of [
    ['pg-boss alone, empty job', bare],
    ['run of one transform', empty],
    [`run of ${EFFECTS} effects`, effects]
  ] as const) {
    console.log(
      `| ${name} | ${row.enqueuedPerSecond} | ${row.drainedPerSecond} | ${row.statements} | ${row.p50Ms} ms | ` +
        `${row.p99Ms} ms | ${row === bare ? '' : `${(row.p50Ms - bare.p50Ms).toFixed(1)} ms`} |`
    )
  }
  await compareEngines(url, RUNS)
}

interface Row {
  enqueuedPerSecond: number
  drainedPerSecond: number
  /** The statements of one run, from queuing to its end. */
  statements: number
  /** The time from the request to the end, for one run at a time. */
  p50Ms: number
  p99Ms: number
}

async function benchBoss(url: string, count: number): Promise<Row> {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  const boss = new PgBoss({
    db: { executeSql: (text, parameters) => pool.query(text, parameters) },
    schedule: false,
    supervise: false
  })
  boss.on('error', () => {})
  await boss.start()
  await boss.createQueue('empty', { partition: true, heartbeatSeconds: 10 })
  let done = 0
  let stopped = false
  const startedAt = new Map<string, number>()
  const latencies: number[] = []
  const drain = async (): Promise<void> => {
    while (!stopped) {
      const jobs = await boss.fetch('empty', { batchSize: 16 })
      if (jobs.length > 0)
        await boss.deleteJob(
          'empty',
          jobs.map(({ id, retryCount }) => ({ id, retryCount }))
        )
      for (const { id } of jobs) latencies.push(performance.now() - (startedAt.get(id) ?? NaN))
      done += jobs.length
      if (jobs.length === 0) await sleep(1)
    }
  }
  counted.statements = 0
  const enqueue = await timed(() =>
    eachOf(count, async () => {
      await boss.send('empty', { n: 1 })
    })
  )
  const draining = drain()
  const drained = await timed(() => untilSo(() => done >= count))
  const each = counted.statements / count
  latencies.length = 0
  for (let sample = 0; sample < LATENCY_SAMPLES; sample++) {
    const id = randomUUID()
    startedAt.set(id, performance.now())
    await boss.send('empty', { n: 1 }, { id })
    await sleep(5)
  }
  await untilSo(() => latencies.length >= LATENCY_SAMPLES)
  stopped = true
  await draining
  await boss.stop({ graceful: false, close: false })
  await pool.end()
  return rowOf(count, { enqueue, drained }, each, latencies)
}

async function benchRuns(url: string, tasks: readonly object[], count: number): Promise<Row> {
  const gateway = await openWorker(url, systemClock, { role: 'gateway' })
  const flow = await benchFlow(gateway.pool, tasks)
  counted.statements = 0
  const enqueue = await timed(() => eachOf(count, () => gateway.engine.enqueue(newRun(flow, Date.now()))))
  const worker = await openWorker(url, systemClock, { role: 'all' })
  const drained = await timed(() => untilSo(async () => (await worker.engine.stats()).ended >= count, 50))
  const each = counted.statements / count
  const samples: string[] = []
  for (let sample = 0; sample < LATENCY_SAMPLES; sample++) {
    const run = newRun(flow, Date.now())
    samples.push(run.id)
    await worker.engine.enqueue(run)
    await sleep(5)
  }
  await untilSo(async () => (await worker.engine.stats()).ended >= count + LATENCY_SAMPLES, 20)
  // From acceptance to the end, which is the whole time of a run without slow steps.
  const { rows } = await worker.pool.query<{ ms: number }>(
    `select extract(epoch from finished_at - started_at) * 1000 as ms from run where id = any($1)`,
    [samples]
  )
  await worker.close()
  await gateway.close()
  return rowOf(
    count,
    { enqueue, drained },
    each,
    rows.map(({ ms }) => Number(ms))
  )
}

function rowOf(
  count: number,
  ms: { enqueue: number; drained: number },
  each: number,
  latencies: readonly number[]
): Row {
  const sorted = [...latencies].sort((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN) * 10) / 10
  return {
    enqueuedPerSecond: Math.round((count / ms.enqueue) * 1000),
    drainedPerSecond: Math.round((count / ms.drained) * 1000),
    statements: Math.round(each * 100) / 100,
    p50Ms: at(0.5),
    p99Ms: at(0.99)
  }
}
