import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Database, openDatabase } from '../../src/platform/db/client.ts'
import { createTokenCache } from '../../src/tokens/token-cache.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { FILL } from './lists/fill.ts'
import { cpuSeconds, median } from './processes.ts'

// npm run bench -- miss: measures the cost of finding a token that no cache knows, beside a bare query of `pg` for the
// row. Windows of a fixed number of tokens follow each other in turn: the bare query, the same query again as a
// control, the cache. Each window asks for other tokens. The CPU time is that of this process and of the server's
// process together.

const TOKENS = 100_000
const WINDOW = 2_000

const BARE = `select id, account_id, name, format, digest, expires_at, revoked_at, enabled, permissions, scoped,
  workspace_ids, listener_ids, allowed_ips, rate_limit, daily_quota from token where digest = $1`

type Find = (digest: string) => unknown

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '7' } } })
await using scratch = await openScratchDatabase('miss', { durable: false })
// One connection, so that one server process is measured.
const database = openDatabase({ url: scratch.url, poolSize: 1 })
try {
  await database.pool.query('set statement_timeout = 0')
  for (const statement of FILL.slice(0, 2)) await database.pool.query(statement.replace(':rows', String(TOKENS)))
  await database.pool.query('vacuum analyze token')
  await measure(database, Number(values.pairs))
} finally {
  await database.close()
}

async function measure(database: Database, pairs: number): Promise<void> {
  const {
    rows: [session]
  } = await database.pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  if (!session) throw new Error('no connection')
  const bare: Find = async (digest) =>
    (await database.pool.query({ name: 'bare', text: BARE, values: [Buffer.from(digest, 'base64')] })).rows[0]
  const cache = createTokenCache({
    database,
    changes: { subscribe: () => {} },
    notifications: { gapFreeSince: () => 0, aliveAt: () => Date.now() },
    clock: { now: () => Date.now() },
    cachePolicy: { maxStaleMs: 60_000, graceMs: 0 }
  })

  let asked = 0
  async function window(find: Find): Promise<{ cpu: number; micros: number }> {
    const startedAt = performance.now()
    const before = cpuSeconds(process.pid) + cpuSeconds(session?.pid ?? 0)
    for (let count = 0; count < WINDOW; count++) {
      // Spread over the table, without a repeated token.
      const digest = createHash('sha256')
        .update(String(((asked++ * 7_919) % TOKENS) + 1))
        .digest('base64')
      if ((await find(digest)) === undefined) throw new Error('a token was not found')
    }
    const cpu = cpuSeconds(process.pid) + cpuSeconds(session?.pid ?? 0) - before
    return { cpu: (cpu / WINDOW) * 1e6, micros: ((performance.now() - startedAt) / WINDOW) * 1000 }
  }

  const subjects = { bare, control: bare, miss: cache.get }
  for (const find of Object.values(subjects)) await window(find)
  const samples = { bare: [], control: [], miss: [] } as Record<
    keyof typeof subjects,
    Awaited<ReturnType<typeof window>>[]
  >
  for (let pair = 0; pair < pairs; pair++)
    for (const name of ['bare', 'control', 'miss'] as const) samples[name].push(await window(subjects[name]))

  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, Node ${process.version}; ${pairs} windows ` +
      `of ${WINDOW} tokens each, ${TOKENS} tokens in the table\n`
  )
  console.log('| | CPU | CPU per token | time | time per token |\n| --- | --- | --- | --- | --- |')
  for (const name of ['bare', 'control', 'miss'] as const) {
    const ratio = (figure: 'cpu' | 'micros'): string =>
      median(samples[name].map((sample, at) => sample[figure] / (samples.bare[at]?.[figure] ?? NaN))).toFixed(2)
    const of = (figure: 'cpu' | 'micros'): string => median(samples[name].map((sample) => sample[figure])).toFixed(0)
    console.log(`| ${name} | ${ratio('cpu')} × | ${of('cpu')} µs | ${ratio('micros')} × | ${of('micros')} µs |`)
  }
}
