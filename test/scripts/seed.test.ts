import { randomBytes } from 'node:crypto'
import { execFile } from 'node:child_process'
import path from 'node:path'
import pg from 'pg'
import t from 'tap'
import { SEED_FLOWS, seedDocument } from '../../scripts/develop/seed/flows.ts'
import { createExpressions } from '../../src/dsl/expressions/expressions.ts'
import { type FlowDocument, lintDocument } from '../../src/dsl/index.ts'
import { testDatabase } from '../fixtures/database.ts'
import { runSluice } from '../fixtures/run-sluice.ts'

const SCRIPT = path.join(import.meta.dirname, '../../scripts/develop/seed.ts')
const KEYS = `test:${randomBytes(32).toString('base64')}`
const COUNTS = { account: 2, workspace: 2, token: 200, flow: 20, listener: 20, run: 5_000 }

function seed(args: string[], env: Record<string, string>): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr })
    )
  })
}

t.test('the seed fills a database beside a running gateway, and a second seed adds nothing', async (t) => {
  const { url } = await testDatabase(t)
  const sluice = await runSluice({ databaseUrl: url, keys: KEYS })
  t.teardown(() => sluice.close())
  const env = { DATABASE_URL: url, SLUICE_KEYS: KEYS, PUBLIC_URL: sluice.url, DATA_DIR: t.testdir() }
  const first = await seed(['--any-host'], env)
  t.equal(first.code, 0, first.said)
  const second = await seed(['--any-host'], env)
  t.match(second.said, /^run +0 new$/m)

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  for (const [table, count] of Object.entries(COUNTS)) {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${table}`)
    t.equal(rows[0]?.count, count, table)
  }

  const credentials = second.said.match(/-u '(.+?)' (\S+)/g) ?? []
  t.equal(credentials.length, 2)
  for (const line of credentials) {
    const [, basic = '', listener = ''] = /-u '(.+?)' (\S+)/.exec(line) ?? []
    const headers = { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` }
    const answer = await fetch(listener, { headers })
    t.same([answer.status, await answer.json()], [200, { message: 'Hello world' }], 'the printed credentials work')
    const runs = await fetch(`${sluice.url}/v1/runs?limit=50`, { headers })
    t.equal(((await runs.json()) as { items: unknown[] }).items.length, 50, 'the API shows the seeded runs')
  }
})

t.test('a database of another machine is refused unless that is asked for', async (t) => {
  const { code, said } = await seed([], { DATABASE_URL: 'postgresql://sluice@db.example/sluice', SLUICE_KEYS: KEYS })
  t.equal(code, 1)
  t.match(said, /DATABASE_URL names another machine/)
})

t.test('every flow of the seed is one that the gateway would save', async (t) => {
  const expressions = createExpressions()
  t.teardown(() => expressions.close())
  for (const flow of SEED_FLOWS)
    t.same(await lintDocument(seedDocument(flow) as FlowDocument, expressions), [], flow.name)
})
