import { randomBytes } from 'node:crypto'
import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import t from 'tap'
import { migrate } from '../../src/platform/db/migrate.ts'
import { MIGRATIONS_FOLDER } from '../../src/platform/db/migrations.ts'
import { emptyDatabase, testDatabase } from '../fixtures/database.ts'
import { createEchoListener, type CreatedToken, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'
import { machine, type Ran } from './fixtures/machine.ts'

const KEYS = `test:${randomBytes(32).toString('base64')}`
const BACKUP_KEY = randomBytes(32).toString('base64')
const folder = t.testdir()
const file = path.join(folder, 'sluice.backup')

const { url: databaseUrl } = await testDatabase(t)
const sluice = await startSluice(t, { databaseUrl, keys: KEYS })
const { client } = sluice
const admin = await client.signUp('Ada')
let listener: { path: string }
let token: CreatedToken
let late: CreatedToken
let waiting: { path: string; runId: string }

t.test('what is there to be backed up', async (t) => {
  listener = await createEchoListener(t, client, admin)
  token = await createToken(t, client, admin)
  late = await createToken(t, client, admin)
  // A day of runs to come, which no other test has.
  await query(databaseUrl, 'select make_run_partition(30000)')
  await query(
    databaseUrl,
    `insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at)
     values ('run_000030000a', '${admin.workspaceId}', 'flw_a', 1, 'sync', 'succeeded', 'req_a', '{}', '{}', now())`
  )
  waiting = await createWaiting()
})

function on(url: string, more: Record<string, string> = {}): (...args: string[]) => Promise<Ran> {
  const env = { DATABASE_URL: url, SLUICE_KEYS: KEYS, SLUICE_BACKUP_KEY: BACKUP_KEY, ...more }
  const run = machine(folder, env)
  return (...args) => run(args)
}

/** A durable run that waits, and the path of its listener. */
async function createWaiting(): Promise<{ path: string; runId: string }> {
  const body = {
    document: { dsl: '1.0.3', namespace: 'test', name: 'waits', version: '1.0.0' },
    do: [{ pause: { wait: { minutes: 10 } } }, { done: { set: { woke: true } } }]
  }
  const place = `/v1/workspaces/${admin.workspaceId}`
  const flow = await client.call('POST', `${place}/flows`, { as: admin.session, body })
  const made = await client.call('POST', `${place}/listeners`, {
    as: admin.session,
    body: { name: 'waits', flowId: flow.json.id, mode: 'async' }
  })
  const started = await client.call('POST', `/v1/dynamic/listener/${made.json.id}`, { as: token.token, body: {} })
  return { path: `/v1/dynamic/listener/${made.json.id}`, runId: started.json.runId }
}

async function query<R extends pg.QueryResultRow>(url: string, text: string): Promise<R[]> {
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  try {
    return (await db.query<R>(text)).rows
  } finally {
    await db.end()
  }
}

async function tablesOf(url: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    url,
    `select table_name as name from information_schema.tables where table_schema = 'public'`
  )
  return rows.map(({ name }) => name)
}

t.test('a backup is made while calls are answered, and only its owner can read the file', async (t) => {
  await until(
    async () =>
      (await client.call('GET', `/v1/runs/${waiting.runId}`, { as: admin.session })).json.status === 'waiting',
    60_000,
    'the run waits'
  )
  let calling = true
  const statuses = new Set<number>()
  const calls = (async () => {
    while (calling) statuses.add((await client.call('POST', listener.path, { as: token.token, body: { n: 1 } })).status)
  })()
  const made = await on(databaseUrl)('backup', file)
  calling = false
  await calls
  t.equal(made.code, 0, made.err)
  t.match(made.out, /^\d+ rows of \d+ tables are in .*sluice\.backup, \d+ bytes\.\n$/)
  t.same([...statuses], [200])
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const bytes = await readFile(file)
  for (const secret of [token.token, admin.email, KEYS, BACKUP_KEY]) t.notOk(bytes.includes(secret))
})

t.test('restored, a token from before works, and so does everything that was under way', async (t) => {
  const { url } = await emptyDatabase(t)
  const done = await on(url)('restore', file)
  t.equal(done.code, 0, done.err)
  t.match(done.out, /^\d+ rows of \d+ tables are restored, as of \d{4}-\d\d-\d\dT.*\.\n$/)

  const restored = await startSluice(t, { databaseUrl: url, keys: KEYS })
  const answer = await restored.client.call('POST', listener.path, { as: token.token, body: { n: 2 } })
  t.equal(answer.status, 200, answer.text)
  t.equal((await restored.client.call('GET', '/readyz?strict=1')).status, 200)
  const verified = await on(url, { SLUICE_URL: restored.url, SLUICE_SESSION: admin.session })('audit', 'verify')
  t.equal(verified.code, 0, verified.out + verified.err)
  await t.test('the durable run waits on, and ends', async (t) => {
    restored.clock.advance(11 * 60_000)
    await until(
      async () => {
        const run = await restored.client.call('GET', `/v1/runs/${waiting.runId}`, { as: admin.session })
        return run.json.status === 'succeeded'
      },
      60_000,
      'the run ends'
    )
    t.pass()
  })
  const keys = `select count(*)::int as count from pg_constraint where contype = 'f'`
  t.same(await query(url, keys), await query(databaseUrl, keys), 'every foreign key is back')
  await t.rejects(query(url, 'delete from audit_event'), /only grows/, 'and so are the triggers')
  t.same(
    await query(url, `select tableoid::regclass::text as partition from run where id = 'run_000030000a'`),
    [{ partition: 'run_until_20520220' }],
    'a run is in the partition that its retention drops'
  )
  const indexes = `select indexname from pg_indexes where tablename in ('run', 'run_rest', 'run_unplaced') order by 1`
  t.same(await query(url, indexes), await query(databaseUrl, indexes), 'with the indexes that migrations know')
})

t.test('a run that was queued or under way is queued again', async (t) => {
  const { url } = await emptyDatabase(t)
  t.equal((await on(url)('restore', file)).code, 0)
  // As if it had been under way when the backup was made.
  await query(url, `update live_run set state = 'running', worker_id = 7, wake_at = null`)
  const again = path.join(folder, 'running.backup')
  t.equal((await on(url)('backup', again)).code, 0)
  const { url: next } = await emptyDatabase(t)
  t.equal((await on(next)('restore', again)).code, 0)
  t.match(await query(next, 'select state, worker_id, wake_at <= now() as due from live_run'), [
    { state: 'waiting', worker_id: null, due: true }
  ])
})

t.test('what was revoked since is revoked again, by the audit log of the newer database', async (t) => {
  const { url } = await emptyDatabase(t)
  t.equal((await on(url)('restore', file)).code, 0)
  await client.call('DELETE', `/v1/tokens/${late.id}`, { as: admin.session })
  const newer = await on(databaseUrl, { SLUICE_URL: sluice.url, SLUICE_SESSION: admin.session })(
    ...['--json', 'admin', 'audit', '--action', 'token.revoked', '--since', '2026-01-01T00:00:00Z', '--limit', '100000']
  )
  t.equal(newer.code, 0, newer.err)
  const audit = path.join(folder, 'audit.json')
  await writeFile(audit, newer.out)

  const restored = await startSluice(t, { databaseUrl: url, keys: KEYS })
  const call = () => restored.client.call('POST', listener.path, { as: late.token, body: {} })
  t.equal((await call()).status, 200)
  const inRestored = on(url, { SLUICE_URL: restored.url, SLUICE_SESSION: admin.session })
  const again = await inRestored('admin', 'revoke', '--audit', audit, '--reason', 'restored from a backup')
  t.equal(again.code, 0, again.err)
  t.match(again.out, /^Revoked 1 of the 1 tokens /)
  t.equal((await call()).status, 401)
  t.match((await inRestored('admin', 'revoke', '--audit', file, '--reason', 'x')).err, /is not what "sluice --json/)
})

t.test('a wrong key, a damaged file or wrong SLUICE_KEYS: one sentence, and nothing is written', async (t) => {
  const { url } = await emptyDatabase(t)
  async function refused(run: (...args: string[]) => Promise<Ran>, from: string, sentence: RegExp) {
    const { code, out, err } = await run('restore', from)
    t.equal(code, 1)
    t.equal(out, '')
    t.match(err, sentence)
    t.equal(err.trimEnd().split('\n').length, 1)
    t.same(await tablesOf(url), [])
  }
  await refused(on(url, { SLUICE_BACKUP_KEY: 'x'.repeat(32) }), file, /^The key does not open this file\.$/m)
  await refused(on(url, { SLUICE_BACKUP_KEY: 'short' }), file, /at least 16 characters/)
  await refused(
    on(url, { SLUICE_KEYS: `test:${randomBytes(32).toString('base64')}` }),
    file,
    /do not open with the keys/
  )
  const cut = path.join(folder, 'cut.backup')
  await writeFile(cut, await readFile(file))
  await truncate(cut, (await stat(file)).size - 100)
  await refused(on(url), cut, /changed or is cut off/)
  await refused(on(url), path.join(folder, 'absent'), /There is no file/)
  await refused(on(url), import.meta.filename, /not encrypted with a key/)
})

t.test('a restore never mixes with what is there, and a backup replaces no file and leaves no half one', async (t) => {
  const before = await query(databaseUrl, 'select count(*) from account')
  t.match(await on(databaseUrl)('restore', file), { code: 1, err: /The database is not empty/ })
  t.same(await query(databaseUrl, 'select count(*) from account'), before)
  t.match(await on(databaseUrl)('backup', file), { code: 1, err: /exists/ })
  const { url } = await emptyDatabase(t)
  t.match(await on(url)('backup', path.join(folder, 'nothing')), { code: 1, err: /The database is empty/ })
  const away = 'postgresql://sluice:hunter2secret@127.0.0.1:1/sluice'
  const failed = await on(away)('backup', path.join(folder, 'nothing'))
  t.match(failed, { code: 1, err: /^The database 127\.0\.0\.1:1\/sluice cannot be used/ })
  t.notMatch(failed.err, /hunter2secret/)
  t.same(
    (await readdir(folder)).filter((name) => /partial|nothing/.test(name)),
    []
  )
})

t.test('a backup of an older version is brought up to date, and one of a newer version refused', async (t) => {
  const folderOfOlder = path.join(folder, 'migrations')
  await cp(MIGRATIONS_FOLDER, folderOfOlder, { recursive: true })
  const names = (await readdir(MIGRATIONS_FOLDER)).filter((name) => /^\d/.test(name)).sort()
  await rm(path.join(folderOfOlder, names.at(-1) ?? ''), { recursive: true })
  const { url: older } = await emptyDatabase(t)
  await migrate({ url: older, folder: folderOfOlder })
  const before = path.join(folder, 'older.backup')
  t.match(await on(older)('backup', before), { code: 0 })
  const { url } = await emptyDatabase(t)
  t.match(await on(url)('restore', before), { code: 0 })
  t.match(await on(url)('migrate'), { code: 0, out: 'The database is up to date.\n' })

  const newest = `(select max(migration_name) from _prisma_migrations)`
  await query(
    url,
    `update _prisma_migrations set migration_name = '29990101000000_next' where migration_name = ${newest}`
  )
  const after = path.join(folder, 'newer.backup')
  t.match(await on(url)('backup', after), { code: 0 })
  const { url: target } = await emptyDatabase(t)
  t.match(await on(target)('restore', after), { code: 1, err: /made by Sluice \S+, which is newer/ })
  t.same(await tablesOf(target), [])
})
