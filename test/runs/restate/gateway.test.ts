import t from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { startRestateServer } from '../../fixtures/restate-server.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'

const LIMIT_MS = 60_000

const server = await startRestateServer(t)
const upstream = await startUpstream()
t.teardown(() => upstream.close())
const sluice = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`], restate: server.place })
const { client } = sluice
const { pool } = sluice.services.database
const owner = await client.signUp()
const at = `/v1/workspaces/${owner.workspaceId}`
const as = owner.session
await until(async () => sluice.services.engine.isReady(), LIMIT_MS, 'Restate knows the gateway')

/** Every write to a table of the other engine's journal is counted. */
const JOURNAL = ['live_run', 'run_effect', 'run_large_effect', 'run_step', 'listener_slot', 'event_wait']
await pool.query('create table journal_writes (name text not null)')
await pool.query(`create function note_write() returns trigger language plpgsql as $$
  begin insert into journal_writes values (tg_table_name); return null; end $$`)
for (const table of JOURNAL)
  await pool.query(`create trigger note_write after insert or update or delete on ${table}
    for each statement execute function note_write()`)

let names = 0
async function listener(tasks: object[], options: object = {}): Promise<string> {
  const name = `flow-${++names}`
  const body = { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, do: tasks }
  const flow = await client.call('POST', `${at}/flows`, { as, body })
  t.equal(flow.status, 201, flow.text)
  const made = await client.call('POST', `${at}/listeners`, { as, body: { name, flowId: flow.json.id, ...options } })
  t.equal(made.status, 201, made.text)
  return `/v1/dynamic/listener/${made.json.id}`
}

const ask = (path: string, name = 'ask'): object => ({
  [name]: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}${path}` } } }
})

async function runIs(runId: string, status: string): Promise<any> {
  const read = () => client.call('GET', `/v1/runs/${runId}`, { as })
  await until(async () => (await read()).json.status === status, LIMIT_MS, `${runId} ${status}`)
  return (await read()).json
}

t.test(
  '202: an asynchronous listener queues its run in Restate, and its steps are shown while it goes on',
  async (t) => {
    const path = await listener([{ first: { set: { n: '${ .body.n }' } } }, ask('/delay')], { mode: 'async' })
    const answer = await client.call('POST', path, { as: owner, body: { n: 1 } })
    t.equal(answer.status, 202, answer.text)
    const { runId } = answer.json
    await upstream.received('/delay')
    const shown = async (): Promise<number> => (await client.call('GET', `/v1/runs/${runId}`, { as })).json.steps.length
    await until(async () => (await shown()) === 1, LIMIT_MS, 'the first step')
    upstream.release()
    const ended = await runIs(runId, 'succeeded')
    t.same(
      ended.steps.map((step: { pointer: string }) => step.pointer),
      ['/do/0/first', '/do/1/ask']
    )
    const events = await client.call('GET', `/v1/runs/${runId}/events`, { as })
    t.match(events.text, /id: 1\n[^]*id: 2\n[^]*id: 2\.end\ndata: \{"status":"succeeded"\}/)
  }
)

t.test('202: a synchronous run that waits for long, and one that is late, go on in Restate', async (t) => {
  const waiting = await listener([ask('/echo', 'before'), { rest: { wait: { minutes: 3 } } }])
  const waits = await client.call('POST', waiting, { as: owner, body: {} })
  t.equal(waits.status, 202, waits.text)
  const { steps } = await runIs(waits.json.runId, 'waiting')
  t.equal(steps.length, 1)
  const cancelled = await client.call('POST', `/v1/runs/${waits.json.runId}/cancel`, { as, raw: '' })
  t.equal(cancelled.status, 204, cancelled.text)

  const { engine } = sluice.services
  const before = (await engine.stats()).enqueued
  const late = await listener([{ rest: { wait: { seconds: 4 } } }, ask('/echo', 'last')], {
    timeoutSeconds: 1,
    onDeadline: 'continue'
  })
  const answer = await client.call('POST', late, { as: owner, body: {} })
  t.equal(answer.status, 202, answer.text)
  t.equal((await engine.stats()).enqueued, before + 1)
  await runIs(answer.json.runId, 'succeeded')
  t.equal(upstream.requests.filter(({ path }) => path === '/echo').length, 2)
})

t.test('202: a run waits for the event about its own order, and another starts by it', async (t) => {
  const hear = {
    listen: {
      to: {
        one: {
          with: { type: 'paid' },
          correlate: { order: { from: '.data.order', expect: '${ .body.order }' } }
        }
      }
    },
    timeout: { after: 'P1D' }
  }
  const path = await listener([{ hear }])
  const ids: string[] = []
  for (const order of [1, 2]) {
    const answer = await client.call('POST', path, { as: owner, body: { order } })
    t.equal(answer.status, 202, answer.text)
    ids.push(answer.json.runId)
  }
  for (const id of ids) await runIs(id, 'waiting')
  const started = { document: { dsl: '1.0.3', namespace: 'test', name: 'started', version: '1.0.0' } }
  const flow = await client.call('POST', `${at}/flows`, {
    as,
    body: {
      ...started,
      schedule: { on: { one: { with: { type: 'paid' } } } },
      do: [{ told: { set: { order: '${ .data.order }' } } }]
    }
  })
  t.equal(flow.status, 201, flow.text)
  const send = (id: string, order: number) =>
    client.call('POST', `${at}/inbox`, {
      as,
      raw: JSON.stringify({ specversion: '1.0', id, source: '/test', type: 'paid', data: { order } }),
      headers: { 'Content-Type': 'application/cloudevents+json' }
    })
  t.equal((await send('e1', 2)).status, 202)
  t.same((await runIs(ids[1] as string, 'succeeded')).output, [{ order: 2 }])
  t.equal((await client.call('GET', `/v1/runs/${ids[0]}`, { as })).json.status, 'waiting')
  t.equal((await send('e2', 1)).status, 202)
  t.same((await runIs(ids[0] as string, 'succeeded')).output, [{ order: 1 }])
  t.equal((await pool.query('select from restate_wait')).rowCount, 0)
  const runs = () => client.call('GET', `/v1/runs?flowId=${flow.json.id}`, { as })
  await until(async () => (await runs()).json.items.length === 2, LIMIT_MS, 'a run for each event')
})

t.test('503: while Restate is away, nothing is queued; its runs continue when it is back', async (t) => {
  const path = await listener([{ rest: { wait: { seconds: 3 } } }, { done: { set: { ok: true } } }], { mode: 'async' })
  const call = () => client.call('POST', path, { as: owner, body: {} })
  const first = await call()
  t.equal(first.status, 202, first.text)
  await runIs(first.json.runId, 'waiting')
  await server.kill()
  const refused = await call()
  t.match([refused.status, refused.json], [503, { code: 'unavailable' }], refused.text)
  t.equal(await sluice.services.engine.isReady(), false)
  await server.start()
  t.same((await runIs(first.json.runId, 'succeeded')).output, { ok: true })
  await until(async () => (await call()).status === 202, LIMIT_MS, 'runs are queued again')
})

t.test('the database sees no write to a journal', async (t) => {
  t.same((await pool.query('select name, count(*) from journal_writes group by name')).rows, [])
  const other = openDatabase({ url: sluice.databaseUrl })
  t.teardown(() => other.close())
  t.equal((await other.pool.query('select from run_rest where finished_at is not null')).rowCount! > 5, true)
  t.equal(
    (await other.pool.query(`select from pg_namespace where nspname = 'pgboss'`)).rowCount,
    0,
    'nor is there a queue'
  )
})
