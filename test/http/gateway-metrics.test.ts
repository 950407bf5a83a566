import pg from 'pg'
import t from 'tap'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { startUpstream } from '../fixtures/upstream.ts'

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const sluice = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`] })
const db = new pg.Client({ connectionString: sluice.databaseUrl })
await db.connect()
t.teardown(() => db.end())

async function scrape(): Promise<Map<string, number>> {
  const lines = (await sluice.services.metrics.scrape()).split('\n').filter((line) => line.startsWith('sluice_'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

t.test('a process tells its version, its connections and what it uses', async (t) => {
  const values = await scrape()
  t.equal(values.get(`sluice_build_info{version="0.0.0-test",node="${process.versions.node}"}`), 1)
  t.equal(values.get('sluice_database_pool_max{process="primary"}'), 10)
  for (const state of ['busy', 'idle', 'waiting'])
    t.type(values.get(`sluice_database_pool_connections{process="primary",state="${state}"}`), 'number', state)
  t.ok((values.get('sluice_process_resident_memory_bytes{process="primary"}') ?? 0) > 1e7)
  t.ok((values.get('sluice_process_cpu_seconds_total{process="primary"}') ?? 0) > 0)
  t.equal(values.get('sluice_process_draining{process="primary"}'), 0)
})

t.test('requests to upstreams are timed', async (t) => {
  const owner = await sluice.client.signUp()
  const flow = await sluice.client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
    as: owner.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'asks', version: '1.0.0' },
      do: [{ ask: { call: 'http', with: { method: 'get', endpoint: { uri: `${upstream.url}/echo` } } } }]
    }
  })
  const listener = await sluice.client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
    as: owner.session,
    body: { name: 'asks', flowId: flow.json.id }
  })
  const { token } = await createToken(t, sluice.client, owner)
  await sluice.client.call('GET', `/v1/dynamic/listener/${listener.json.id}`, { as: token })
  t.equal((await scrape()).get('sluice_egress_duration_seconds_count'), 1)
})

t.test('what the database knows is read again when it is no longer fresh', async (t) => {
  const before = await scrape()
  t.ok((before.get('sluice_database_size_bytes') ?? 0) > 1e6)
  t.equal(before.get('sluice_outbox_pending'), 0)
  await db.query(
    `insert into outbox_event (id, workspace_id, effect_key, event, created_at)
     select 'evt_a', id, 'a', '{}', now() from workspace limit 1`
  )
  await db.query(
    `insert into event_delivery (event_id, sink_id, workspace_id, next_attempt_at)
     values ('evt_a', 'snk_a', 'wsp_a', now() + interval '1 hour')`
  )
  t.equal((await scrape()).get('sluice_outbox_pending'), 0, 'the same answer for a while')
  sluice.clock.advance(31_000)
  const after = await scrape()
  t.equal(after.get('sluice_outbox_pending'), 1)
  t.equal(after.get('sluice_outbox_overdue_seconds'), 0, 'it is due in an hour')
  t.equal(after.has('sluice_signing_key_age_seconds'), false, 'no JWT was made')
})

t.test('a database that is away leaves its series out, and the page is answered', async (t) => {
  sluice.clock.advance(31_000)
  await db.query('alter table event_delivery rename to event_delivery_away')
  const values = await scrape()
  await db.query('alter table event_delivery_away rename to event_delivery')
  t.equal(values.has('sluice_database_size_bytes'), false)
  t.ok(values.has('sluice_process_draining{process="primary"}'))
})
