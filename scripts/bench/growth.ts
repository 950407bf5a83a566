import { parseArgs } from 'node:util'
import pg from 'pg'
import { DAY_MS, systemClock } from '../../src/lib/clock.ts'
import { type Database, openDatabase } from '../../src/platform/db/client.ts'
import { cursorTo } from '../../src/platform/db/page.ts'
import { findRequests } from '../../src/requests/find-requests.ts'
import { listRuns, type RunFilter } from '../../src/runs/list.ts'
import { readRun, type RunReader } from '../../src/runs/read.ts'
import { dropRunPartitions } from '../../src/runs/run-partitions.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { cpuSeconds, median } from './processes.ts'

// npm run bench -- growth: fills a temporary database with runs in 100 partitions, makes the calls of lists, and
// removes a partition of expired runs. `--runs` is how many runs lists have, `--expired` how many expire at once.
// Prints milliseconds of whole calls, planning included, and of the database's processor, which depend less on what
// else the machine does. Ends with 1 if a statement of a list (by the processor) or the removal takes more than its
// limit.

const PARTITIONS = 100
const LIST_LIMIT_MS = 20
const REMOVAL_LIMIT_MS = 5_000
const WAL_LIMIT_BYTES = 50 * 1024 * 1024
/** A later page and its total are two statements, which run at the same time if there is more than one connection. */
const IN_TWO = 'a workspace, in the middle'
const TIMES = 50
const PAGE = 50

/**
 * Inserts runs of 50 workspaces, 500 listeners and 5,000 tokens. Their partitions begin with day `$1` and have `$3`
 * runs each.
 */
const FILL = `
  insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, token_id, request_id, caller,
                   input, output, steps, started_at, finished_at)
  select 'run_0000' || ($1::int + n / $3::int) || lpad(n::text, 13, '0'), 'wsp_' || n % 50, 'lsn_' || n % 500,
         'flw_' || n % 500, 1, 'sync', case when n % 20 = 0 then 'failed' else 'succeeded' end, 'tok_' || n % 5000,
         'req_' || n, '{"kind":"token","id":"acc_1","name":"Ada"}', '{"body":{"sku":"a-1"}}', '{"price":9.99}',
         '[{"pointer":"/do/0/price","status":"succeeded","durationMs":1}]', at, at
    from generate_series(0, $2::int - 1) n
    cross join lateral (select now() - ($2::int - n) * interval '1 s' as at) times`

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3000000' }, expired: { type: 'string', default: '1000000' } }
})
const [runs, expired] = [Number(values.runs), Number(values.expired)]
const today = Math.floor(Date.now() / DAY_MS)

await using scratch = await openScratchDatabase('growth')
// One connection, so that one server process is measured.
const database = openDatabase({ url: scratch.url, statementTimeoutMs: 600_000, poolSize: 1 })
try {
  await fill(scratch.url)
  const isGood = [await measureLists(database), await measureRemoval(database.pool)]
  process.exitCode = isGood.every(Boolean) ? 0 : 1
} finally {
  await database.close()
}

async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const startedAt = performance.now()
    for (let day = today; day <= today + PARTITIONS; day++) await client.query('select make_run_partition($1)', [day])
    await client.query(FILL, [today + 1, runs, Math.ceil(runs / PARTITIONS)])
    await client.query(FILL, [today, expired, expired])
    await client.query('vacuum analyze run')
    console.log(`filled in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  } finally {
    await client.end()
  }
}

async function measureLists(database: Database): Promise<boolean> {
  const deps = { database, recorder: { flush: async () => {} } as never }
  const reader: RunReader = { workspaceIds: ['wsp_7'] }
  const list = (filter: Partial<RunFilter>, who: RunReader = reader) => listRuns(deps, who, { limit: PAGE, ...filter })
  const session = (await database.pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0] ?? { pid: 0 }
  const middle = new Date(Date.now() - (runs / 2) * 1_000)
  const anyId = (await list({ limit: 1 })).items[0]?.id ?? ''
  const calls: readonly [name: string, call: () => Promise<unknown>][] = [
    ['a workspace, first page', () => list({})],
    [IN_TWO, () => list({ cursor: cursorTo(middle, 'run_z') })],
    ['a workspace, failed', () => list({ statuses: ['failed'] })],
    ['a workspace, since', () => list({ since: new Date(Date.now() - 3_600_000) })],
    ['a listener', () => list({ listenerId: 'lsn_7' })],
    ['a token', () => list({}, { tokenId: 'tok_7', workspaceIds: ['wsp_7'] })],
    ['one run by its id', () => readRun(deps, reader, anyId)],
    [
      'requests of a workspace',
      () =>
        findRequests(
          database.pool,
          { accountId: 'acc_1', seesOwn: false, workspaceIds: ['wsp_7'] },
          { workspaceId: 'wsp_7' },
          { limit: PAGE }
        )
    ]
  ]
  console.log(`| ${runs} runs in ${PARTITIONS} partitions | ms | ms of processor |\n| --- | --- | --- |`)
  let isGood = true
  for (const [name, call] of calls) {
    // The first call of a connection loads the metadata of all partitions.
    for (let time = 0; time < 3; time++) await call()
    const times: number[] = []
    const before = cpuSeconds(session.pid)
    for (let time = 0; time < TIMES; time++) {
      const startedAt = performance.now()
      await call()
      times.push(performance.now() - startedAt)
    }
    const cpuMs = ((cpuSeconds(session.pid) - before) * 1000) / TIMES
    isGood &&= cpuMs / (name === IN_TWO ? 2 : 1) <= LIST_LIMIT_MS
    console.log(`| ${name} | ${median(times).toFixed(1)} | ${cpuMs.toFixed(1)} |`)
  }
  return isGood
}

async function measureRemoval(pool: pg.Pool): Promise<boolean> {
  const wal = async (): Promise<string> =>
    (await pool.query<{ at: string }>('select pg_current_wal_lsn()::text as at')).rows[0]?.at ?? ''
  await pool.query('checkpoint')
  const before = await wal()
  const startedAt = performance.now()
  // Tomorrow, the partition of today is due.
  const clock = { now: () => systemClock.now() + DAY_MS }
  await dropRunPartitions({ pool, clock })
  const ms = performance.now() - startedAt
  const { rows } = await pool.query<{ bytes: number; left: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::float8 as bytes, (select count(*)::int from run) as left`,
    [before]
  )
  const { bytes = 0, left = 0 } = rows[0] ?? {}
  console.log(`${expired} expired runs removed in ${ms.toFixed(0)} ms with ${(bytes / 1024).toFixed(0)} KiB of WAL`)
  if (left > runs) throw new Error(`${left} runs are left, of ${runs}`)
  return ms <= REMOVAL_LIMIT_MS && bytes <= WAL_LIMIT_BYTES
}
