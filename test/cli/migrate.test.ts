import { randomBytes } from 'node:crypto'
import { execFile } from 'node:child_process'
import path from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { emptyDatabase } from '../fixtures/database.ts'

const PROGRAM = path.join(import.meta.dirname, '../../src/cli/migrate.ts')
const KEYS = `test:${randomBytes(32).toString('base64')}`

function run(
  t: Test,
  environment: Record<string, string>,
  args: string[] = []
): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { cwd: t.testdir(), env: environment }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr })
    })
  })
}

t.test('the database is brought up to date once; the second time there is nothing to do', async (t) => {
  const { url } = await emptyDatabase(t)
  const environment = { DATABASE_URL: url, SLUICE_KEYS: KEYS }
  t.match(await run(t, environment), { code: 0, said: /^Applied \d{14}_init, / })
  t.same(await run(t, environment), { code: 0, said: 'The database is up to date.\n' })
})

t.test('a migration that failed runs again when told to', async (t) => {
  const { url } = await emptyDatabase(t)
  const environment = { DATABASE_URL: url, SLUICE_KEYS: KEYS }
  await query(url, `create function refuse_audit_change() returns trigger language plpgsql as 'begin end'`)
  const failed = await run(t, environment)
  t.equal(failed.code, 1)
  const [, name = ''] = /npm run db:migrate -- --retry (\S+)/.exec(failed.said) ?? []
  t.match(name, /_audit_only_grows$/)
  t.match(failed.said, /function "refuse_audit_change" already exists/)

  await query(url, 'drop function refuse_audit_change')
  t.match(await run(t, environment, ['--retry', name]), { code: 0, said: new RegExp(`^Applied ${name}`) })
})

t.test('what an operator can mend is said in a sentence, without secrets and without a stack', async (t) => {
  const unreachable = await run(t, {
    DATABASE_URL: 'postgresql://sluice:hunter2secret@127.0.0.1:1/sluice',
    SLUICE_KEYS: KEYS
  })
  t.equal(unreachable.code, 1)
  t.match(unreachable.said, /^The database 127\.0\.0\.1:1\/sluice cannot be used: .*ECONNREFUSED/)
  const unset = await run(t, { DATABASE_URL: 'nonsense' })
  t.equal(unset.code, 1)
  t.match(unset.said, /DATABASE_URL: must be a postgresql:\/\/ URL/)
  for (const { said } of [unreachable, unset]) t.notMatch(said, /hunter2secret| at .*:\d+:\d+/)
})

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(text)
  await client.end()
}
