import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import pg from 'pg'
import { runCli } from '../src/cli/run.ts'
import { migrate, MIGRATIONS_FOLDER } from '../src/platform/db/migrate.ts'
import { emptyDatabase } from './fixtures/database.ts'
import { runSluice } from './fixtures/run-sluice.ts'
import { startSluice } from './fixtures/sluice.ts'

const sluice = await startSluice(t)
const { client, url, databaseUrl } = sluice
const admin = await client.signUp('Ada')
const db = new pg.Client({ connectionString: databaseUrl })
await db.connect()
t.teardown(() => db.end())
const home = t.testdir()

async function verify(...more: string[]): Promise<{ code: number; out: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const env = { SLUICE_URL: url, SLUICE_SESSION: admin.session }
  const code = await runCli(['audit', 'verify', ...more], {
    env,
    gatewayEnv: () => env,
    stdin: Readable.from([]),
    stdout,
    stderr,
    home
  })
  stdout.end()
  stderr.end()
  return { code, out: (await text(stdout)) + (await text(stderr)) }
}

/** Changes the log as somebody could who owns it, and takes it back. */
async function tampered(statement: string, work: () => Promise<void>): Promise<void> {
  await db.query('begin')
  await db.query('create table kept_event as select * from audit_event')
  await db.query('create table kept_link as select * from audit_link')
  for (const table of ['audit_event', 'audit_link']) await db.query(`alter table ${table} disable trigger user`)
  await db.query(statement)
  await db.query('commit')
  await work()
  await db.query('begin')
  await db.query('delete from audit_link')
  await db.query('delete from audit_event')
  await db.query('insert into audit_event select * from kept_event')
  await db.query('insert into audit_link select * from kept_link')
  for (const table of ['audit_event', 'audit_link']) await db.query(`alter table ${table} enable trigger user`)
  await db.query('drop table kept_event, kept_link')
  await db.query('commit')
}

t.test('0: lines that two processes add at the same time are whole', async (t) => {
  const second = await runSluice({ databaseUrl })
  t.teardown(() => second.close())
  const names = Array.from({ length: 30 }, (_, index) => `Ada ${index} "ö" 😀,1:x`)
  await Promise.all(
    names.map((name, index) =>
      fetch(`${index % 2 === 0 ? url : second.url}/v1/account`, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${admin.session}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ name })
      })
    )
  )
  const { rows } = await db.query('select count(*)::int as lines, count(distinct chain)::int as chains from audit_link')
  t.ok(rows[0].lines >= 30)
  t.ok(rows[0].chains > 1, 'not all wait for one chain')
  t.match(await verify(), { code: 0, out: new RegExp(`^${rows[0].lines} lines, none changed`) })
})

t.test('1: a line that was changed, removed, put in between or unlinked is found', async (t) => {
  // One that another follows: without the last link of a chain nothing is missing between two others.
  const { rows } = await db.query(`
    select event_id from audit_link l
     where exists (select from audit_link next where next.chain = l.chain and next.seq = l.seq + 1)
     order by seq desc limit 1`)
  const id = rows[0].event_id
  const one = `(select event_id from audit_link where event_id = '${id}')`
  for (const [statement, said] of [
    [`update audit_event set details = '{"name":"other"}' where id = ${one}`, /was changed/],
    [`update audit_event set at = at + interval '1 hour' where id = ${one}`, /was changed/],
    [`update audit_event set ip = null where id = ${one}`, /was changed/],
    [`delete from audit_event where id = ${one}`, /its line is gone/],
    [`delete from audit_link where event_id = '${id}'`, /links before it are gone[^]*1 lines have no link/],
    [
      `insert into audit_event (id, at, action, actor_kind, details)
       values ('evt_between', now(), 'x.y', 'system', '{}')`,
      /1 lines have no link/
    ]
  ] as const)
    await tampered(statement, async () => {
      const { code, out } = await verify()
      t.equal(code, 1, statement)
      t.match(out, said, statement)
    })
  t.equal((await verify()).code, 0)
})

t.test('1: the ends that were kept show that lines at the end are gone, or that all was written anew', async (t) => {
  const file = path.join(home, 'heads.json')
  t.equal((await verify('--heads', file)).code, 0)
  const kept = await readFile(file, 'utf8')
  await client.call('PATCH', '/v1/account', { as: admin.session, body: { name: 'Later' } })
  t.equal((await verify('--heads', file)).code, 0, 'a log that grew is whole')
  t.not(await readFile(file, 'utf8'), kept, 'and its new ends are kept')
  const last = `(select event_id from audit_link order by chain, seq desc limit 1)`
  await tampered(
    `with gone as (delete from audit_link where event_id = ${last} returning event_id)
     delete from audit_event where id in (select event_id from gone)`,
    async () => {
      t.equal((await verify()).code, 0, 'without the ends nobody can tell')
      const { code, out } = await verify('--heads', file)
      t.equal(code, 1)
      t.match(out, /of the earlier check is gone/)
    }
  )
  await writeFile(file, '{')
  t.match(await verify('--heads', file), { code: 1, out: /does not hold the ends/ })
})

t.test('403: only admins read the links; 400: a cursor that no page gave', async (t) => {
  const bob = await client.signUp('Bob')
  t.equal((await client.call('GET', '/v1/admin/audit/links', { as: bob.session })).status, 403)
  t.equal((await client.call('GET', '/v1/admin/audit/links?cursor=x', { as: admin.session })).status, 400)
})

t.test('lines from before the chains are chained by the migration', async (t) => {
  const { url } = await emptyDatabase(t)
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await cp(MIGRATIONS_FOLDER, folder, { recursive: true })
  for (const name of await readdir(folder))
    if (name >= '20261128102000_audit_chain' && name !== 'migration_lock.toml')
      await rm(path.join(folder, name), { recursive: true })
  await migrate({ url, folder })
  const old = new pg.Client({ connectionString: url })
  await old.connect()
  try {
    await old.query(`insert into audit_event (id, at, action, actor_kind, details)
      select 'evt_' || n, now(), 'x.y', 'system', '{}' from generate_series(1, 5) n`)
    await migrate({ url })
    const { rows } = await old.query('select chain, seq::int from audit_link order by chain, seq')
    t.same(
      rows,
      [1, 2, 3, 4, 5].map((seq) => ({ chain: 0, seq }))
    )
  } finally {
    await old.end()
  }
})
