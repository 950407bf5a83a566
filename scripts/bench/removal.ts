import { parseArgs } from 'node:util'
import pg from 'pg'
import { DAY_MS, systemClock } from '../../src/lib/clock.ts'
import { deleteBatches } from '../../src/platform/db/delete-batches.ts'
import { dropRecordPartitions, makeRecordPartitions } from '../../src/requests/record-partitions.ts'
import { dropUsagePartitions, makeUsagePartitions } from '../../src/tokens/usage/usage-partitions.ts'
import { openScratchDatabase } from '../scratch-database.ts'

// npm run bench -- removal: fills the tables that grow with calls and have a retention, and removes what is past it: by
// partition, where there are some, and by deleting rows, as in the oldest partition. Prints seconds and WAL. Ends with
// 1 where a partition takes more than the limits. Also prints what a line of the audit log takes, which is never
// removed.

const LIMIT_MS = 5_000
const LIMIT_BYTES = 50 * 1024 * 1024
const LINES = 100_000

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
const rows = Number(values.rows)
/** A year later, so that the oldest partition of usage is not removed. */
const later = { now: () => systemClock.now() + 365 * DAY_MS }
const monthLater = new Date(later.now()).toISOString().slice(0, 7)

const CALL = `'refused', 401, 'invalid_token', 'revoked', 'wsp_' || n % 50, 'lsn_' || n % 500, 'token',
  'acc_' || n % 1000, 'tok_' || n % 5000, '203.0.113.' || n % 250, 1.5 from generate_series(1, ${rows}) n`
const CALL_COLUMNS = `id, request_id, at, outcome, status, code, reason, workspace_id, listener_id, kind, account_id,
  token_id, ip, ms`

interface Removal {
  name: string
  table: string
  fill: string
  remove(pool: pg.Pool): Promise<number>
  isLimited?: true
}

const REMOVALS: readonly Removal[] = [
  {
    name: 'records of calls, by partition',
    table: 'recorded_call',
    fill: `insert into recorded_call (${CALL_COLUMNS})
      select (select 'req_0000' || (to_date(right(c.relname, 8), 'YYYYMMDD') - date '1970-01-01')
                from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent = 'recorded_call'::regclass and c.relname like '%until%' order by 1 limit 1)
             || lpad(n::text, 13, '0'), 'req_' || n, now() - (${rows} - n) * interval '1 ms', ${CALL}`,
    remove: (pool) => dropRecordPartitions({ pool, clock: later }),
    isLimited: true
  },
  {
    name: 'records of calls, row by row',
    table: 'call_record',
    fill: `insert into call_record (${CALL_COLUMNS})
      select 'req_T' || lpad(n::text, 21, '0'), 'req_' || n, now() - (${rows} - n) * interval '1 ms', ${CALL}`,
    remove: (pool) => deleteBatches(pool, { table: 'call_record', where: 'at <= now()', values: [] })
  },
  {
    name: 'usage of tokens by day, by partition',
    table: 'token_day_usage',
    fill: `insert into token_day_usage
      select 'tok_' || lpad(n::text, 22, '0'), date '${monthLater}-01' + d, 'accepted', 100
      from generate_series(1, ${Math.ceil(rows / 10)}) n, generate_series(1, 10) d`,
    remove: (pool) => dropUsagePartitions({ pool, clock: { now: () => later.now() + 500 * DAY_MS } }),
    isLimited: true
  },
  {
    name: 'usage of tokens by day, row by row',
    table: 'token_usage',
    fill: `insert into token_usage select 'tok_' || lpad(n::text, 22, '0'), current_date - 400 - d, 'accepted', 100
      from generate_series(1, ${Math.ceil(rows / 10)}) n, generate_series(1, 10) d`,
    remove: (pool) => deleteBatches(pool, { table: 'token_usage', where: 'day < current_date', values: [] })
  },
  {
    name: 'usage of listeners by hour, row by row',
    table: 'call_usage',
    fill: `insert into call_usage
      select 'wsp_' || n % 50, 'lsn_' || lpad((n % 500)::text, 22, '0'), 'tok_' || lpad(n::text, 22, '0'), 'hour',
             date_trunc('hour', now()) - d * interval '1 hour', 'answered', 100,
             array(select (random() * 5)::int from generate_series(1, 40))
        from generate_series(1, ${Math.ceil(rows / 100)}) n, generate_series(1, 100) d`,
    remove: (pool) => deleteBatches(pool, { table: 'call_usage', where: `unit = 'hour' and at < now()`, values: [] })
  }
]

await using scratch = await openScratchDatabase('removal')
const pool = new pg.Pool({ connectionString: scratch.url, max: 1 })
try {
  await makeRecordPartitions({ pool, clock: systemClock })
  await makeUsagePartitions({ pool, clock: later })
  console.log(`| ${rows} rows | s | MiB of WAL | with vacuum |\n| --- | --- | --- | --- |`)
  for (const removal of REMOVALS) await measure(removal)
  await measureUpsert()
  await measureAudit()
} finally {
  await pool.end()
}

async function measure({ name, table, fill, remove, isLimited }: Removal): Promise<void> {
  await pool.query(fill)
  await pool.query(`vacuum analyze ${table}`)
  await pool.query('checkpoint')
  const before = await position()
  const startedAt = performance.now()
  await remove(pool)
  const ms = performance.now() - startedAt
  const bytes = await since(before)
  await pool.query(`vacuum ${table}`)
  const withVacuum = await since(before)
  console.log(`| ${name} | ${(ms / 1000).toFixed(2)} | ${mebibytes(bytes)} | ${mebibytes(withVacuum)} |`)
  const { rows: left } = await pool.query<{ count: number }>(`select count(*)::int as count from ${table}`)
  if (left[0]?.count !== 0) throw new Error(`${left[0]?.count} rows of ${table} are left`)
  if (isLimited && (ms > LIMIT_MS || withVacuum > LIMIT_BYTES)) process.exitCode = 1
}

/**
 * Measures the cost of counting, which is far above that of deleting: the row is written whenever its token was used.
 */
async function measureUpsert(): Promise<void> {
  const add = `
    insert into call_usage as known
    select 'wsp_1', 'lsn_1', 'tok_' || n, 'hour', date_trunc('hour', now()), 'answered', 1, array_fill(0, array[40])
      from generate_series(1, 1000) n
    on conflict (listener_id, unit, at, token_id, outcome) do update set calls = known.calls + excluded.calls`
  await pool.query(add)
  await pool.query('checkpoint')
  const before = await position()
  for (let time = 0; time < 60; time++) await pool.query(add)
  console.log(`counting a token once more in an hour: ${((await since(before)) / 60_000).toFixed(0)} bytes of WAL`)
}

async function measureAudit(): Promise<void> {
  await pool.query(`
    insert into audit_event (id, at, action, actor_kind, actor_id, target, workspace_id, ip, request_id, details)
    select 'evt_T' || lpad(n::text, 21, '0'), now(), 'token.created', 'account',
           'acc_' || lpad((n % 1000)::text, 22, '0'),
           'tok_' || lpad(n::text, 22, '0'), 'wsp_' || lpad((n % 50)::text, 22, '0'), '203.0.113.7',
           'req_' || lpad(n::text, 22, '0'), '{"name":"a token"}' from generate_series(1, ${LINES}) n`)
  const { rows: sizes } = await pool.query<{ bytes: number }>(
    `select (pg_total_relation_size('audit_event') + pg_total_relation_size('audit_link'))::float8 as bytes`
  )
  console.log(`a line of the audit log with its link: ${((sizes[0]?.bytes ?? 0) / LINES).toFixed(0)} bytes`)
}

async function position(): Promise<string> {
  return (await pool.query<{ at: string }>('select pg_current_wal_lsn()::text as at')).rows[0]?.at ?? ''
}

async function since(before: string): Promise<number> {
  const text = 'select pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::float8 as bytes'
  return (await pool.query<{ bytes: number }>(text, [before])).rows[0]?.bytes ?? 0
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
