import { randomUUID } from 'node:crypto'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { systemClock } from '../../src/lib/clock.ts'
import { removeExpired } from '../../src/runs/retention.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { insertFlow, insertWorkspace, newRun } from '../chaos/durable/scratch-rows.ts'
import { openWorker } from '../chaos/durable/worker.ts'

// npm run bench -- durable: measures the cost of a durable run beside an empty job of pg-boss, in the same run and on
// the same database. --plans: prints the plans of the hot statements with a million runs.
// Uses loopback and a scratch database only, and ends by itself.

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
const CONCURRENT_CALLERS = 32
const EFFECTS = 10
const LATENCY_SAMPLES = 100
const DRAIN_LIMIT_MS = 120_000
/** As many runs as one batch of a statement has, of those that live beside the history. */
const LIVE = Array.from({ length: 16 }, (_, n) => `run_old${n + 1}`)

interface Statement {
  name?: string
  text: string
  values?: unknown[]
}
let statements = 0
const seen = new Map<string, Statement>()
const query = pg.Client.prototype.query
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  statements++
  const [statement] = args as [Statement]
  if (typeof statement === 'object' && statement.name && statement.values) seen.set(statement.name, statement)
  return (query as (...args: unknown[]) => unknown).apply(this, args)
} as typeof query

const scratch = await openScratchDatabase('bench-durable')
try {
  await (values.plans ? showPlans(scratch.url) : compare(scratch.url))
} finally {
  await scratch[Symbol.asyncDispose]()
}
process.exit(0)

async function compare(url: string): Promise<void> {
  const oneTransform = [{ answer: { set: { ok: true } } }]
  // Each wait is one effect in the journal: what a call costs without an upstream.
  const tenEffects = Array.from({ length: EFFECTS }, (_, n) => ({ [`e${n}`]: { wait: { milliseconds: 1 } } }))
  // Whoever comes first would pay for the compiler and the cold database.
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
}

interface Row {
  enqueuedPerSecond: number
  drainedPerSecond: number
  /** Of one run, from being queued to having ended. */
  statements: number
  /** From being asked for to having ended, one at a time. */
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
  statements = 0
  const enqueue = await timed(() =>
    eachOf(count, async () => {
      await boss.send('empty', { n: 1 })
    })
  )
  const draining = drain()
  const drained = await timed(() => untilSo(() => done >= count))
  const each = statements / count
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
  statements = 0
  const enqueue = await timed(() => eachOf(count, () => gateway.engine.enqueue(newRun(flow, Date.now()))))
  const worker = await openWorker(url, systemClock, { role: 'all' })
  const drained = await timed(() => untilSo(async () => (await worker.engine.stats()).ended >= count, 50))
  const each = statements / count
  const samples: string[] = []
  for (let sample = 0; sample < LATENCY_SAMPLES; sample++) {
    const run = newRun(flow, Date.now())
    samples.push(run.id)
    await worker.engine.enqueue(run)
    await sleep(5)
  }
  await untilSo(async () => (await worker.engine.stats()).ended >= count + LATENCY_SAMPLES, 20)
  // From being accepted to having ended: the whole of a run that does nothing slow.
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

/**
 * Makes a history of a million ended runs over 100 workspaces and 1,000 live runs that wait, runs some work, and prints
 * the plan of each statement that the work used.
 */
async function showPlans(url: string): Promise<void> {
  const worker = await openWorker(url, systemClock, { role: 'all' })
  const { pool } = worker
  await pool.query('set statement_timeout = 0')
  const filler = new pg.Client({ connectionString: url })
  filler.on('error', () => {})
  await filler.connect()
  await filler.query(
    `insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, token_id, request_id, caller,
      input, output, started_at, finished_at, steps)
    select 'run_old' || n, 'wsp_' || n % 100, 'lsn_' || n % 1000, 'flw', 1, 'sync',
      case when n % 50 = 0 then 'failed' else 'succeeded' end,
      'tok_' || n % 5000, 'req', '{}', '{"body":null}', '{}',
           now() - n * interval '1 second', now() - n * interval '1 second', '[]' from generate_series(1, $1::int) n`,
    [HISTORY]
  )
  await filler.query(`insert into live_run (run_id, workspace_id, listener_id, state, job_id, wake_at, queued_at)
    select 'run_old' || n, 'wsp_1', 'lsn_1', 'waiting', gen_random_uuid(), now() + interval '10 days', now()
    from generate_series(1, 1000) n`)
  await filler.query(
    `insert into run_effect (run_id, key, epoch, result) select 'run_old' || n, 'key' || k, 1, '{"value":1}' from ` +
      'generate_series(1, 1000) n, generate_series(1, 10) k'
  )
  await filler.query(
    `insert into run_step (run_id, seq, key, record) select 'run_old' || n, k, 'key' || k, ` +
      `'{"pointer":"/do/0/a"}' from generate_series(1, 1000) n, generate_series(1, 10) k`
  )
  for (const table of ['run', 'live_run', 'run_step', 'run_effect']) await filler.query(`vacuum analyze ${table}`)
  const flow = await benchFlow(
    pool,
    Array.from({ length: 3 }, (_, n) => ({ [`e${n}`]: { wait: { milliseconds: 1 } } }))
  )
  await eachOf(200, () => worker.engine.enqueue(newRun(flow, Date.now())))
  await untilSo(async () => (await worker.engine.stats()).ended >= 200, 20)
  seen.set('runs of a workspace', {
    text: `select id from run where workspace_id = $1 order by started_at desc, id desc limit 51`,
    values: ['wsp_7']
  })
  await removeExpired({ pool, clock: systemClock })
  await putLiveRunsIn(filler)
  for (const [name, statement] of [...seen].filter(([other]) => /durable|schedules|runs|idempotent/.test(other))) {
    await filler.query('begin')
    // Held, as the statements of a holder need it; a claim takes it as it takes what was handed over.
    await filler.query(`update live_run set state = 'running', wake_at = null where run_id = any($1)`, [LIVE])
    const { rows } = await filler.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, timing off, costs off) ${statement.text}`,
      statement.values
    )
    await filler.query('rollback')
    console.log(`\n== ${name}\n${rows.map((row) => row['QUERY PLAN']).join('\n')}`)
  }
  await filler.end()
  await worker.close()
}

/** The statements were seen with runs that have ended: show them with runs that live, as many as one batch has. */
async function putLiveRunsIn(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ jobId: string }>(
    'select job_id as "jobId" from live_run where run_id = any($1::text[]) order by array_position($1::text[], run_id)',
    [LIVE]
  )
  const each = <T>(value: T): T[] => LIVE.map(() => value)
  const replace = (name: string, change: (values: unknown[]) => unknown[]): void => {
    const statement = seen.get(name)
    if (statement?.values) seen.set(name, { ...statement, values: change(statement.values) })
  }
  replace('runs_expired', () => ['wsp_7', new Date(Date.now() - HISTORY * 900)])
  replace('durable_claim', () => [LIVE, rows.map(({ jobId }) => jobId), each(0), 1, []])
  replace('durable_journal_read', () => [LIVE])
  replace('durable_steps_read', () => [LIVE])
  replace('durable_end', () => [
    LIVE,
    each(0),
    each('succeeded'),
    each('{}'),
    each(null),
    each(null),
    each(''),
    each(new Date())
  ])
  replace('durable_journal', () => [
    LIVE,
    each(0),
    LIVE,
    each(0),
    each('new'),
    each('{}'),
    [],
    [],
    [],
    [],
    LIVE,
    each(0),
    each(11),
    each('new'),
    each('{}')
  ])
}

async function benchFlow(pool: pg.Pool, tasks: readonly object[]): Promise<{ workspaceId: string; flowId: string }> {
  const workspaceId = await insertWorkspace(pool)
  return { workspaceId, flowId: await insertFlow(pool, { workspaceId, name: 'bench', tasks }) }
}

async function eachOf(count: number, work: () => Promise<void>): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: CONCURRENT_CALLERS }, async () => {
      while (left-- > 0) await work()
    })
  )
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

async function untilSo(isSo: () => boolean | Promise<boolean>, everyMs = 1): Promise<void> {
  const end = performance.now() + DRAIN_LIMIT_MS
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not done within ${DRAIN_LIMIT_MS / 1000} s`)
    await sleep(everyMs)
  }
}
