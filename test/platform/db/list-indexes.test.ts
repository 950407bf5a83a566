import { randomBytes } from 'node:crypto'
import { cp, readdir } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { FILL } from '../../../scripts/bench/lists/fill.ts'
import { migrate, MIGRATIONS_FOLDER } from '../../../src/platform/db/migrate.ts'
import { emptyDatabase } from '../../fixtures/database.ts'

const NAMES = (await readdir(MIGRATIONS_FOLDER)).filter((name) => /^\d/.test(name)).sort()
const LIST_INDEXES = NAMES.find((name) => name.endsWith('_list_indexes')) as string
const ROWS = 5_000

/** Filters of long lists, and the index that answers each. */
const FILTERS: readonly [condition: string, index: RegExp][] = [
  [`token where start like 'slc\\_000a1b2c%'`, /token_start_idx/],
  [`token where start = 'slc_000a1b2c'`, /token_start_idx/],
  [
    `token where account_id = 'acc_bench1' and revoked_at is not null order by created_at desc, id desc`,
    /token_account_id_revoked_idx/
  ],
  [`token where revoked_at is not null order by created_at desc, id desc`, /token_revoked_idx/],
  ['token where true order by last_used_at desc nulls last, id desc', /Index Scan using token_last_used_at_id_idx/],
  [
    `token where last_used_at is not null and last_used_at <= now() order by last_used_at desc nulls last, id desc`,
    /Index Cond[^]*last_used_at <= now/
  ],
  [`audit_event where action like 'signing\\_key.%'`, /audit_event_action_at_id_idx/],
  [`audit_event where action = 'signing_key.rotated' order by at desc, id desc`, /audit_event_action_at_id_idx/],
  [`audit_event where request_id = 'req_none'`, /audit_event_request_id_idx/],
  [`audit_event where ip = '192.0.2.99' order by at desc`, /audit_event_ip_at_idx/]
]
/** Those that need trigrams. */
const SEARCHES: typeof FILTERS = [
  [`token where name ilike '%no such name%'`, /token_name_trgm_idx/],
  [`account where email ilike '%no such%' or name ilike '%no such%'`, /email_trgm_idx[^]*account_name_trgm_idx/]
]

/** A database as the version before left it, with rows in its tables. */
async function filledDatabase(t: Test): Promise<{ url: string; client: pg.Client }> {
  const folder = t.testdir({})
  for (const name of NAMES)
    if (name < LIST_INDEXES) await cp(path.join(MIGRATIONS_FOLDER, name), path.join(folder, name), { recursive: true })
  await cp(path.join(MIGRATIONS_FOLDER, 'migration_lock.toml'), path.join(folder, 'migration_lock.toml'))
  const { url } = await emptyDatabase(t)
  await migrate({ url, folder })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  for (const statement of FILL) await client.query(statement.replaceAll(':rows', String(ROWS)))
  return { url, client }
}

async function planOf(client: pg.Client, condition: string): Promise<string> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain select * from ${condition} limit 51`)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

t.test('the filters of long lists have an index each, also in a database that has rows already', async (t) => {
  const { url, client } = await filledDatabase(t)
  t.ok((await migrate({ url })).includes(LIST_INDEXES))
  // Reading a small table can cost less. The question is which index fits.
  await client.query('set enable_seqscan = off')
  for (const [condition, index] of [...FILTERS, ...SEARCHES]) t.match(await planOf(client, condition), index, condition)
})

t.test('a role that may not install extensions migrates all the same, and searches by reading', async (t) => {
  const { url, client } = await filledDatabase(t)
  const role = `limited_${randomBytes(6).toString('hex')}`
  await client.query(`create role ${role} login password '${role}'`)
  const { rows } = await client.query('select current_database() as name, current_user as admin')
  const [{ name, admin }] = rows
  t.teardown(async () => {
    await client.query(`reassign owned by ${role} to "${admin}"`)
    await client.query(`drop owned by ${role}`)
    await client.query(`drop role ${role}`)
  })
  await client.query(`revoke create on database "${name}" from public`)
  await client.query(`grant all on schema public to ${role}`)
  const tables = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`
  )
  for (const table of tables.rows) await client.query(`alter table public."${table.name}" owner to ${role}`)
  const limited = new URL(url)
  limited.username = role
  limited.password = role
  t.ok((await migrate({ url: limited.href })).includes(LIST_INDEXES))
  await client.query('set enable_seqscan = off')
  for (const [condition, index] of FILTERS) t.match(await planOf(client, condition), index, condition)
  for (const [condition] of SEARCHES) t.match(await planOf(client, condition), /Seq Scan/, condition)
})
