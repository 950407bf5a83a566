import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { migrate, MIGRATIONS_FOLDER, readMigrations } from '../../../src/platform/db/migrate.ts'
import { rulesOf, scriptsOf } from '../../../src/platform/db/migrations.ts'
import { waitForMigrations } from '../../../src/platform/db/wait-for-migrations.ts'
import { emptyDatabase } from '../../fixtures/database.ts'
import { until } from '../../fixtures/until.ts'

// Two versions of the program are two folders of migrations: the older one lacks what the newer one adds.

const ONE = { '20260101000000_one': 'create table a (id int);' }
const OURS = { ...ONE, '20260201000000_ours': 'create table b (id int);' }
/** The newest migration that came before each migration had to say what may run on it. */
const LAST_WITHOUT_RULES = '20261128195449_email_verification'

async function version(t: Test, migrations: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-version-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [name, script] of Object.entries(migrations)) {
    await mkdir(path.join(folder, name), { recursive: true })
    await writeFile(path.join(folder, name, 'migration.sql'), script)
  }
  await writeFile(path.join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n')
  return folder
}

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

t.test('an older version starts on a newer schema that lets it, and migrates nothing', async (t) => {
  const { url } = await emptyDatabase(t)
  const folder = await version(t, OURS)
  await migrate({ url, folder })
  const newer = await version(t, {
    ...OURS,
    '20260301000000_adds': '-- compatible-with: 20260201000000_ours\nalter table b add x int;',
    '20260401000000_adds_more': '-- compatible-with: 20260101000000_one\nalter table b add y int;'
  })
  t.equal((await migrate({ url, folder: newer })).length, 2)

  const seen: (readonly string[])[] = []
  t.same(await migrate({ url, folder, onNewer: (names) => seen.push(names) }), [])
  t.same(seen, [['20260301000000_adds', '20260401000000_adds_more']])
  await waitForMigrations({ url, folder, onWaiting: () => t.fail('it waits') })
})

t.test('a version that is too old refuses with the migration and what to do, also where it only waits', async (t) => {
  const { url } = await emptyDatabase(t)
  const oldest = await version(t, ONE)
  const folder = await version(t, OURS)
  const refused = {
    name: 'MigrationError',
    message:
      /^The database is ahead of this version: it has migration "\S+_contracts", on which this version may not run\. Start the newer/
  }
  const newer = await version(t, {
    ...OURS,
    '20260301000000_contracts': '-- compatible-with: 20260201000000_ours\nalter table a rename to c;'
  })
  await migrate({ url, folder: newer })
  t.same(await migrate({ url, folder }), [], 'the version that no longer uses it')
  await t.rejects(migrate({ url, folder: oldest }), { name: 'MigrationError', message: /"20260201000000_ours"/ })
  await t.rejects(waitForMigrations({ url, folder: oldest, onWaiting: () => {} }), { message: /"20260201000000_ours"/ })

  const silent = await emptyDatabase(t)
  const unsaid = await version(t, { ...OURS, '20260301000000_contracts': 'alter table a rename to c;' })
  await migrate({ url: silent.url, folder: unsaid })
  await t.rejects(migrate({ url: silent.url, folder }), refused, 'a migration that says nothing')
  await t.rejects(waitForMigrations({ url: silent.url, folder, onWaiting: () => {} }), refused)
})

t.test('a schema that went another way is refused, whatever its migrations say', async (t) => {
  const { url } = await emptyDatabase(t)
  const other = await version(t, {
    ...ONE,
    '20260301000000_adds': '-- compatible-with: 20260101000000_one\nalter table a add x int;'
  })
  await migrate({ url, folder: other })
  await t.rejects(migrate({ url, folder: await version(t, OURS) }), { message: /ahead of this version/ })
})

t.test('a migration does not hold up others while it waits for a lock, and goes on when it is free', async (t) => {
  const { url } = await emptyDatabase(t)
  await migrate({ url, folder: await version(t, ONE) })
  const [reader, other] = [await connect(t, url), await connect(t, url)]
  await reader.query('begin')
  await reader.query('select * from a')
  const folder = await version(t, { ...ONE, '20260201000000_alters': 'alter table a add x int;' })
  const migrating = migrate({ url, folder })
  await until(
    async () =>
      (await other.query(`select from pg_locks where relation = 'a'::regclass and not granted`)).rowCount === 1,
    30_000,
    'the migration waits'
  )
  // Waits behind the migration, which gives way after three seconds, while the reader keeps its lock.
  await other.query(`set statement_timeout = '20s'`)
  t.equal((await other.query('select * from a')).rowCount, 0)
  await reader.query('commit')
  t.same(await migrating, ['20260201000000_alters'])
})

t.test('indexes of large tables are built beside writes, and an unfinished one is built again', async (t) => {
  const { url } = await emptyDatabase(t)
  const client = await connect(t, url)
  await migrate({ url, folder: await version(t, ONE) })
  await client.query('insert into a select generate_series(1, 1000) union all select 7')
  const script =
    '-- compatible-with: 20260101000000_one\n-- transaction: none\n' +
    'create unique index concurrently if not exists a_id on a (id);\n' +
    '-- A comment; with a semicolon.\nalter table a add column if not exists x int;\n'
  const migrations = { ...ONE, '20260201000000_index': script }
  const folder = await version(t, migrations)
  await t.rejects(migrate({ url, folder }), {
    message: /what it had finished is kept\. It said:\nUnique constraint failed/
  })
  const valid = async () =>
    (await client.query(`select indisvalid as valid from pg_index where indexrelid = 'a_id'::regclass`)).rows
  t.same(await valid(), [{ valid: false }], 'what an interrupted build leaves')
  await client.query('delete from a where ctid in (select max(ctid) from a where id = 7)')
  await client.query(`update _prisma_migrations set rolled_back_at = now() where finished_at is null`)

  // A transaction that is open holds the build up, and the build holds nobody up. A second process waits meanwhile.
  const writer = await connect(t, url)
  await writer.query('begin')
  await writer.query('insert into a values (5000)')
  const migrating = migrate({ url, folder })
  await until(
    async () =>
      (await client.query(`select from pg_locks where locktype = 'virtualxid' and not granted`)).rowCount === 1,
    30_000,
    'the build waits'
  )
  const second = migrate({ url, folder })
  await client.query('insert into a values (6000)')
  await pause(500)
  await writer.query('commit')
  t.same(await migrating, ['20260201000000_index'])
  t.same(await second, [])
  t.same(await valid(), [{ valid: true }])
})

t.test('without a transaction, an index is created so that the script can run again', async (t) => {
  const { url } = await emptyDatabase(t)
  const folder = await version(t, {
    ...ONE,
    '20260201000000_index': '-- transaction: none\ncreate index concurrently a_id on a (id);'
  })
  await t.rejects(migrate({ url, folder }), { message: /CREATE INDEX CONCURRENTLY IF NOT EXISTS/ })
})

t.test('every migration says which older code may run on it', async (t) => {
  const scripts = scriptsOf(await readMigrations(MIGRATIONS_FOLDER))
  for (const [name, script] of scripts) {
    if (name <= LAST_WITHOUT_RULES) continue
    const { compatibleWith } = rulesOf(script)
    t.ok(compatibleWith, `${name} needs a line "-- compatible-with: NAME"`)
    t.ok(scripts.has(compatibleWith ?? ''), `${name} names a migration`)
    t.ok((compatibleWith ?? '') <= name, `${name} does not name a later one`)
  }
})
