import { cp, readdir } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import t from 'tap'
import { migrate, MIGRATIONS_FOLDER } from '../../src/platform/db/migrate.ts'
import { emptyDatabase } from '../fixtures/database.ts'

const SEVERAL_SINKS = '20261128122317_several_sinks'

t.test('a sink of the earlier version keeps its secret, and its deliveries go on where they stood', async (t) => {
  const folder = t.testdir({})
  for (const name of await readdir(MIGRATIONS_FOLDER))
    if (name < SEVERAL_SINKS || !/^\d/.test(name))
      await cp(path.join(MIGRATIONS_FOLDER, name), path.join(folder, name), { recursive: true })
  const { url } = await emptyDatabase(t)
  await migrate({ url, folder })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`
    insert into workspace (id, name, key, secret, created_at)
    select 'wsp_' || name, name, name, 'x', now() from unnest(array['a', 'b']) as name`)
  await client.query(
    `insert into event_sink (workspace_id, url, secret, created_at) values ('wsp_a', 'u', 'sealed', now())`
  )
  await client.query(`
    insert into outbox_event (id, workspace_id, effect_key, event, created_at, attempts, next_attempt_at, delivered_at,
                              failure)
    values ('evt_none', 'wsp_a', '1', '{}', now(), 0, null, null, null),
           ('evt_waits', 'wsp_a', '2', '{}', now(), 2, '2030-01-01', null, 'it failed'),
           ('evt_done', 'wsp_a', '3', '{}', now(), 1, null, '2026-01-01', null),
           ('evt_removed', 'wsp_b', '4', '{}', now(), 1, null, null, 'the sink was removed')`)
  t.match(await migrate({ url }), [SEVERAL_SINKS])

  const sinks = await client.query('select id, workspace_id, url, types, enabled, secret from event_sink')
  t.same(sinks.rows, [{ id: 'snk_a', workspace_id: 'wsp_a', url: 'u', types: [], enabled: true, secret: 'sealed' }])
  const { rows } = await client.query(
    `select event_id, sink_id, attempts, next_attempt_at is not null as waits, delivered_at is not null as done, failure
       from event_delivery order by event_id`
  )
  t.same(rows, [
    { event_id: 'evt_done', sink_id: 'snk_a', attempts: 1, waits: false, done: true, failure: null },
    {
      event_id: 'evt_removed',
      sink_id: 'snk_b',
      attempts: 1,
      waits: false,
      done: false,
      failure: 'the sink was removed'
    },
    { event_id: 'evt_waits', sink_id: 'snk_a', attempts: 2, waits: true, done: false, failure: 'it failed' }
  ])
  const left = await client.query('select id from outbox_event where next_attempt_at is not null')
  t.same(left.rows, [], 'no delivery is in both places')
})
