import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import t from 'tap'
import { MIGRATIONS_FOLDER } from '../../src/platform/db/migrate.ts'
import { testDatabase } from '../fixtures/database.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

/** A document as it was once taken: PostgreSQL stores it as JSON, and fails at each look into it. */
const POISON =
  '{"document":{"dsl":"1.0.3","namespace":"test","name":"poison","version":"1.0.0"},' +
  '"schedule":{"cron":"0 9 * * *"},"do":[{"a":{"set":{"half":"\\ud800","nul":"\\u0000","not one":"\\\\ud800"}}}]}'

const document = (name: string, rest: object): object => ({
  document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
  ...rest
})

t.test('a version that PostgreSQL cannot read disturbs no other flow, schedule or sub-flow', async (t) => {
  const { client, services } = await startSluice(t)
  const { pool } = services.database
  const [ada, bob] = [await client.signUp('Ada'), await client.signUp('Bob')]
  const made = async (body: object): Promise<string> => {
    const answer = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, { as: ada.session, body })
    t.equal(answer.status, 201, answer.text)
    return answer.json.id
  }
  for (const { workspaceId, id } of [ada, bob]) {
    const flowId = `flw_${workspaceId.slice(4)}`
    await pool.query(
      `insert into flow (id, workspace_id, name, latest_version, published_version, created_at, updated_at)
       values ($1, $2, 'poison', 1, 1, now(), now())`,
      [flowId, workspaceId]
    )
    await pool.query(
      `insert into flow_version (flow_id, version, name, namespace, document_version, schedule, document, created_by,
                                 created_at)
       values ($1, 1, 'poison', 'test', '1.0.0', '{"cron":"\\ud800 \\u0000 * * *"}', $2, $3, now())`,
      [flowId, POISON, id]
    )
  }
  await t.rejects(pool.query(`select document->'do' from flow_version`), { code: '22P02' }, 'the rows are poison')

  await made(document('inner', { do: [{ answer: { set: { said: 1 } } }] }))
  const outer = await made(
    document('outer', {
      do: [{ within: { run: { workflow: { namespace: 'test', name: 'inner', version: '1.0.0' } } } }]
    })
  )
  const listener = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as: ada.session,
    body: { name: 'outer', flowId: outer }
  })
  const called = await client.call('GET', `/v1/dynamic/listener/${listener.json.id}`, { as: ada })
  t.same([called.status, called.json], [200, { said: 1 }], 'a sub-flow')

  const taken = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
    as: ada.session,
    body: document('poison', { do: [{ answer: { set: { ok: true } } }] })
  })
  t.equal(taken.status, 409, 'the name of the row counts')

  const ticking = await made(
    document('ticking', { schedule: { cron: '0 9 * * *' }, do: [{ answer: { set: { ok: true } } }] })
  )
  const schedule = () => client.call('GET', `/v1/flows/${ticking}/schedule`, { as: ada.session })
  await until(async () => (await schedule()).status === 200, 60_000, 'the schedule')
  const version = await client.call('PUT', `/v1/flows/${ticking}`, {
    as: ada.session,
    body: document('ticking', { do: [{ answer: { set: { ok: true } } }] })
  })
  t.equal(version.status, 200, version.text)
  await client.call('POST', `/v1/flows/${ticking}/publish`, { as: ada.session, body: { version: 2 } })
  await until(async () => (await schedule()).status === 404, 60_000, 'the end of the schedule')
  const { rows } = await pool.query('select flow_id from schedule')
  t.same(rows, [], 'and the row itself has none')
})

t.test('the migration fills every version, and is stopped by none', async (t) => {
  const { url } = await testDatabase(t)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  const folder = readdirSync(MIGRATIONS_FOLDER).find((name) => name.endsWith('_flow_lookup_columns'))
  const migration = readFileSync(path.join(MIGRATIONS_FOLDER, String(folder), 'migration.sql'), 'utf8')
  await client.query(
    'alter table flow_version drop column namespace, drop column document_version, drop column schedule'
  )
  await client.query(`insert into workspace (id, name, key, secret, created_at) values ('w', 'w', 'w', 'w', now())`)
  await client.query(`
    insert into flow (id, workspace_id, name, latest_version, published_version, created_at, updated_at)
    values ('f', 'w', 'f', 1, 1, now(), now())`)
  const documents = [
    JSON.stringify(document('whole', { schedule: { every: { hours: 1 } }, do: [] })),
    POISON,
    JSON.stringify(document('silent', { schedule: null, do: [] })),
    '"no object"'
  ]
  for (const [index, text] of documents.entries())
    await client.query(
      `insert into flow_version (flow_id, version, name, document, created_by, created_at)
       values ('f', $1, 'n', $2, 'a', now())`,
      [index + 1, text]
    )
  await client.query(migration)
  const { rows } = await client.query(
    'select namespace, document_version, schedule, document::text from flow_version order by version'
  )
  t.match(rows, [
    { namespace: 'test', document_version: '1.0.0', schedule: { every: { hours: 1 } } },
    { namespace: 'test', document_version: '1.0.0', schedule: { cron: '0 9 * * *' } },
    { namespace: 'test', document_version: '1.0.0', schedule: null },
    { namespace: '', document_version: '', schedule: null }
  ])
  t.same(
    rows.map(({ document }) => document),
    documents,
    'documents stay as they are'
  )
})
