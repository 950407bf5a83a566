import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import t, { type Test } from 'tap'
import { eventKey } from '../../src/events/inbound.ts'
import { derivedId } from '../../src/lib/ids.ts'
import type { Client } from '../fixtures/client.ts'
import { testDatabase } from '../fixtures/database.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { until } from '../fixtures/until.ts'

// A gateway is killed between the event and the runs that it starts, at each place where something can be lost. The
// database holds the gateway there: what it waits for is a row that another session has not committed.

const WAIT_MS = 60_000
const SOURCE = 'https://shop.example/orders'

interface Gateway {
  client: Client
  child: ChildProcess
}

const { url } = await testDatabase(t)
const start = (): Promise<Gateway> => startSecondProcess(t, { databaseUrl: url, url: 'http://sluice.test' })
const watcher = await connect()
let gateway = await start()
const ada = await gateway.client.signUp('Ada')
const at = `/v1/workspaces/${ada.workspaceId}`

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** Holds back what a statement does, until it is rolled back. */
async function hold(sql: string, values: unknown[]): Promise<() => Promise<unknown>> {
  const session = await connect()
  await session.query('begin')
  await session.query(sql, values)
  return () => session.query('rollback')
}

/** Holds back the one run that this event starts of this flow: its id follows from both. */
function holdRun(flowId: string, id: string): Promise<() => Promise<unknown>> {
  const runId = derivedId('run', `${ada.workspaceId}\n${flowId}\n${eventKey({ source: SOURCE, id })}`)
  return hold(
    `insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at)
     values ($1, $2, $3, 1, 'async', 'queued', 'held', '{}', '{}', now())`,
    [runId, ada.workspaceId, flowId]
  )
}

const BLOCKED = `from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~* $1`

async function untilBlocked(statement: string): Promise<void> {
  await until(
    async () => (await watcher.query(`select ${BLOCKED}`, [statement])).rowCount === 1,
    WAIT_MS,
    `${statement} is held back`
  )
}

/** Kills the gateway at a statement, which its session in the database must not finish alone, and starts another. */
async function killAt(statement: string, release: () => Promise<unknown>): Promise<void> {
  gateway.child.kill('SIGKILL')
  await once(gateway.child, 'exit')
  await watcher.query(`select pg_terminate_backend(pid) ${BLOCKED}`, [statement])
  await release()
  gateway = await start()
}

async function flow(name: string, more: object, tasks: object[]): Promise<string> {
  const document = { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }
  const answer = await gateway.client.call('POST', `${at}/flows`, {
    as: ada.session,
    body: { document, ...more, do: tasks }
  })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json.id
}

/** A flow that an event starts, and that says so by an event of its own. */
const startedBy = (type: string): Promise<string> =>
  flow(`by-${type}`, { schedule: { on: { one: { with: { type } } } } }, [
    { tell: { emit: { event: { with: { type: `done-${type}`, data: '${ .id }' } } } } }
  ])

const send = (type: string, id: string) =>
  gateway.client.call('POST', `${at}/inbox`, {
    as: ada.session,
    body: { specversion: '1.0', id, source: SOURCE, type, data: {} }
  })

async function countOf(sql: string, values: unknown[]): Promise<number> {
  const { rows } = await watcher.query<{ count: number }>(`select count(*)::int as count from ${sql}`, values)
  return rows[0]?.count ?? -1
}
const runsOf = (flowId: string) => countOf('run where flow_id = $1', [flowId])
const pending = () => countOf('inbound_event where pending', [])

/** Sees that the flow runs once: its runs, and what they emitted. */
async function sees(t: Test, flowId: string, type: string, id: string): Promise<void> {
  const done = () => countOf(`outbox_event where event ->> 'type' = $1`, [`done-${type}`])
  await until(async () => (await pending()) === 0, WAIT_MS, 'the event is routed')
  await until(
    async () => (await countOf(`run where flow_id = $1 and status = 'succeeded'`, [flowId])) === 1,
    WAIT_MS,
    'the run ends'
  )
  t.same((await send(type, id)).json, { accepted: 0, duplicates: 1 }, 'it is known')
  t.equal(await runsOf(flowId), 1)
  t.equal(await done(), 1)
}

t.test('202 and killed before the run is queued: the flow starts once after the restart', async (t) => {
  const flowId = await startedBy('early')
  const release = await holdRun(flowId, 'e-1')
  t.same((await send('early', 'e-1')).json, { accepted: 1, duplicates: 0 })
  await untilBlocked('insert into run')
  t.equal(await runsOf(flowId), 0)
  await killAt('insert into run', release)
  await sees(t, flowId, 'early', 'e-1')
})

t.test('202 and killed before the event is marked as routed: the flow is not started again', async (t) => {
  const flowId = await startedBy('late')
  const releaseRun = await holdRun(flowId, 'l-1')
  t.equal((await send('late', 'l-1')).status, 202)
  await untilBlocked('insert into run')
  const releaseEvent = await hold('select from inbound_event where workspace_id = $1 for update', [ada.workspaceId])
  await releaseRun()
  await untilBlocked('update inbound_event')
  t.equal(await runsOf(flowId), 1)
  t.ok((await pending()) >= 1, 'it is to be routed again')
  await killAt('update inbound_event', releaseEvent)
  await sees(t, flowId, 'late', 'l-1')
})

t.test('emitted by a call that was answered, and killed: the next flow starts once', async (t) => {
  const flowId = await startedBy('emitted')
  const emitter = await flow('emitter', {}, [
    { tell: { emit: { event: { with: { type: 'emitted', source: SOURCE, id: '${ .query.id }' } } } } }
  ])
  const made = await gateway.client.call('POST', `${at}/listeners`, {
    as: ada.session,
    body: { name: 'emitter', flowId: emitter }
  })
  const release = await holdRun(flowId, 'm-1')
  const call = `/v1/dynamic/listener/${made.json.id}?id=m-1`
  t.equal((await gateway.client.call('GET', call, { as: ada })).status, 200)
  await untilBlocked('insert into run')
  t.equal(await runsOf(flowId), 0)
  await killAt('insert into run', release)
  await sees(t, flowId, 'emitted', 'm-1')
})

t.test('emitted by a durable run that is killed before it has noted so: the next flow starts once', async (t) => {
  const flowId = await startedBy('noted')
  const emitter = await flow('durable', { schedule: { on: { one: { with: { type: 'go' } } } } }, [
    { tell: { emit: { event: { with: { type: 'noted', source: SOURCE } } } } }
  ])
  const session = await connect()
  await session.query('begin')
  await session.query('lock table run_effect in share mode')
  t.equal((await send('go', 'g-1')).status, 202)
  await untilBlocked('run_effect')
  await until(async () => (await runsOf(flowId)) === 1, WAIT_MS, 'the event is out')
  await killAt('run_effect', () => session.query('rollback'))
  await until(
    async () => (await countOf(`run where flow_id = $1 and status = 'succeeded'`, [emitter])) === 1,
    WAIT_MS,
    'the run goes on'
  )
  await until(async () => (await pending()) === 0, WAIT_MS, 'all is routed')
  t.equal(await runsOf(flowId), 1)
  t.equal(await countOf(`outbox_event where event ->> 'type' = 'noted'`, []), 1)
})

t.test('202 and killed before the wait is woken: the run hears the event after the restart', async (t) => {
  const listens = await flow('listens', {}, [
    { hear: { listen: { to: { one: { with: { type: 'answer' } } } }, timeout: { after: 'PT1H' } } }
  ])
  const made = await gateway.client.call('POST', `${at}/listeners`, {
    as: ada.session,
    body: { name: 'listens', flowId: listens, mode: 'async' }
  })
  const asked = await gateway.client.call('GET', `/v1/dynamic/listener/${made.json.id}`, { as: ada })
  t.equal(asked.status, 202)
  await until(async () => (await countOf('event_wait where not due', [])) === 1, WAIT_MS, 'the run waits')
  const release = await hold('select from event_wait for update', [])
  t.equal((await send('answer', 'a-1')).status, 202)
  await untilBlocked('update event_wait')
  await killAt('update event_wait', release)
  const run = async (): Promise<any> =>
    (await gateway.client.call('GET', `/v1/runs/${asked.json.runId}`, { as: ada.session })).json
  await until(async () => (await run()).status === 'succeeded', WAIT_MS, 'the run ends')
  t.match(await run(), { output: [{}] })
})
