import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { forgetFailedMigration, migrate, MigrationError, MIGRATIONS_FOLDER } from '../../../src/platform/db/migrate.ts'
import { missingFrom } from '../../../src/platform/db/schema-engine.ts'
import { emptyDatabase, testDatabase } from '../../fixtures/database.ts'

const LOCKFILE = 'provider = "postgresql"\n'

async function folderWith(t: Test, migrations: Record<string, string>): Promise<string> {
  const folder = t.testdir({ 'migration_lock.toml': LOCKFILE })
  for (const [name, script] of Object.entries(migrations)) await write(folder, name, script)
  return folder
}

async function write(folder: string, name: string, script: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true })
  await writeFile(path.join(folder, name, 'migration.sql'), script)
}

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

t.test('the migrations and the schema say the same, and what only SQL can say is no difference', async (t) => {
  const { url } = await testDatabase(t)
  t.equal(await missingFrom(url, 'prisma/schema.prisma'), undefined)
  const client = await connect(t, url)
  await client.query('alter table audit_event drop column ip')
  t.match(await missingFrom(url, 'prisma/schema.prisma'), /ALTER TABLE "audit_event" ADD COLUMN +"ip" TEXT/)
})

t.test('the audit log only grows: update, delete and truncate are refused, also where they find no row', async (t) => {
  const { url } = await testDatabase(t)
  const client = await connect(t, url)
  const insert = `
    insert into audit_event (id, at, action, actor_kind, details) values ('evt_1', now(), 'x', 'system', '{}')`
  for (const statement of [
    `update audit_event set action = 'y'`,
    'delete from audit_event',
    'truncate audit_event',
    'truncate audit_event cascade'
  ]) {
    await t.rejects(client.query(statement), { code: '42501' }, statement)
  }
  await client.query(insert)
  for (const statement of [`update audit_event set action = 'y'`, 'delete from audit_event', 'truncate audit_event']) {
    await t.rejects(client.query(statement), { code: '42501' }, statement)
  }
  await t.rejects(
    client.query(`${insert} on conflict (id) do update set action = 'y'`),
    { code: '42501' },
    'nor by way of an insert'
  )
  const { rows } = await client.query('select action from audit_event')
  t.same(rows, [{ action: 'x' }])
})

t.test('an empty database gets every migration in order, an up-to-date one none, a behind one the rest', async (t) => {
  const { url } = await emptyDatabase(t)
  const folder = await folderWith(t, { '20260101000000_one': 'create table a (id int);' })
  t.same(await migrate({ url, folder }), ['20260101000000_one'])
  t.same(await migrate({ url, folder }), [])
  await write(folder, '20260103000000_three', 'alter table b add column x int;')
  await write(folder, '20260102000000_two', 'create table b (id int);')
  t.same(await migrate({ url, folder }), ['20260102000000_two', '20260103000000_three'])
})

t.test('several processes that start at once migrate once', async (t) => {
  const { url } = await emptyDatabase(t)
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate({ url })))
  t.equal(results.filter((applied) => applied.length > 0).length, 1)
})

t.test('a script is taken as it is: function bodies and strings keep their semicolons', async (t) => {
  const { url } = await emptyDatabase(t)
  const folder = await folderWith(t, {
    '20260101000000_one':
      `create function f() returns text language plpgsql as $$ declare x text; begin x := 'a;b'; return x; end $$; ` +
      `create table a (x text default 'c;d');`
  })
  await migrate({ url, folder })
  const client = await connect(t, url)
  t.same((await client.query('select f()')).rows, [{ f: 'a;b' }])
})

t.test(
  'a failing migration stops the start with its name, its error and the remedy, and leaves nothing behind',
  async (t) => {
    const { url } = await emptyDatabase(t)
    const folder = await folderWith(t, {
      '20260101000000_good': 'create table good (id int);',
      '20260102000000_bad': 'create table half (id int); select 1/0;',
      '20260103000000_later': 'create table later (id int);'
    })
    const error = (await migrate({ url, folder }).catch((error: unknown) => error)) as MigrationError
    t.type(error, MigrationError)
    t.match(error.message, /"20260102000000_bad" failed/)
    t.match(error.message, /division by zero/)
    t.match(error.message, 'npm run db:migrate -- --retry 20260102000000_bad')
    const client = await connect(t, url)
    t.same(
      (
        await client.query(
          `select tablename from pg_tables where schemaname = 'public' and tablename in ('good', 'half', 'later')`
        )
      ).rows,
      [{ tablename: 'good' }]
    )

    await write(folder, '20260102000000_bad', 'create table whole (id int);')
    await t.rejects(
      migrate({ url, folder }),
      /"20260102000000_bad" failed/,
      'until somebody says that it may run again'
    )
    await forgetFailedMigration({ url, folder }, '20260102000000_bad')
    t.same(await migrate({ url, folder }), ['20260102000000_bad', '20260103000000_later'])
  }
)

t.test('only a failed migration can be run again', async (t) => {
  const { url } = await emptyDatabase(t)
  const folder = await folderWith(t, { '20260101000000_one': 'create table a (id int);' })
  await migrate({ url, folder })
  await t.rejects(forgetFailedMigration({ url, folder }, '20260101000000_one'), {
    name: 'MigrationError',
    message: /20260101000000_one/
  })
  await t.rejects(forgetFailedMigration({ url, folder }, '20260101000000_other'), {
    name: 'MigrationError',
    message: /20260101000000_other/
  })
})

t.test('a migration edited after it was applied stops the start with its name and the remedy', async (t) => {
  const { url } = await emptyDatabase(t)
  const folder = t.testdir()
  await cp(MIGRATIONS_FOLDER, folder, { recursive: true })
  await migrate({ url, folder })
  await write(folder, '20261121060100_audit_only_grows', '-- no longer')
  await t.rejects(migrate({ url, folder }), {
    name: 'MigrationError',
    message: /"20261121060100_audit_only_grows" changed after it was applied.*Restore its file/
  })
})

t.test('a database that is ahead of this version is left alone', async (t) => {
  const { url } = await emptyDatabase(t)
  const newer = await folderWith(t, {
    '20260101000000_one': 'create table a (id int);',
    '20990101000000_newer': 'create table b (id int);'
  })
  await migrate({ url, folder: newer })
  const older = t.testdir({
    'migration_lock.toml': LOCKFILE,
    '20260101000000_one': { 'migration.sql': 'create table a (id int);' },
    '20260601000000_ours': { 'migration.sql': 'create table c (id int);' }
  })
  await t.rejects(migrate({ url, folder: older }), {
    name: 'MigrationError',
    message: /ahead of this version.*"20990101000000_newer".*newer version/
  })
  const client = await connect(t, url)
  t.same((await client.query(`select to_regclass('c') as c`)).rows, [{ c: null }])
})

t.test('a database with tables of somebody else is left alone', async (t) => {
  const { url } = await emptyDatabase(t)
  const client = await connect(t, url)
  await client.query('create table theirs (id int)')
  await t.rejects(migrate({ url }), { name: 'MigrationError', message: /tables that are not of this program/ })
  t.same((await client.query(`select tablename from pg_tables where schemaname = 'public'`)).rows, [
    { tablename: 'theirs' }
  ])
})

t.test('a start waits for another one that is migrating, and says so when that does not end', async (t) => {
  const { url } = await emptyDatabase(t)
  const gate = await connect(t, url)
  await gate.query('select pg_advisory_lock(1)')
  const slow = await folderWith(t, { '20260101000000_slow': 'select pg_advisory_xact_lock(1);' })
  const first = migrate({ url, folder: slow })
  const waiting =
    `select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database ` +
    'where datname = current_database())'
  while ((await gate.query(waiting)).rowCount === 0) {
    /* until the first one is inside its migration */
  }
  await t.rejects(migrate({ url, folder: slow, lockWaitMs: 50 }), {
    name: 'MigrationError',
    message: /Another process has been migrating/
  })
  await gate.query('select pg_advisory_unlock(1)')
  t.same(await first, ['20260101000000_slow'])
})

t.test('a database that cannot be reached is named without its password', async (t) => {
  const error = (await migrate({ url: 'postgresql://user:hunter2secret@127.0.0.1:1/nowhere' }).catch(
    (error: unknown) => error
  )) as MigrationError
  t.type(error, MigrationError)
  t.match(error.message, '127.0.0.1:1/nowhere')
  t.notMatch(error.message, 'hunter2secret')
})
