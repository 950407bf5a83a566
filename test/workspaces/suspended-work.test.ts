import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { startUpstream } from '../fixtures/upstream.ts'
import { until } from '../fixtures/until.ts'

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const { client, clock, services } = await startSluice(t, { egressAllow: ['127.0.0.1'] })
const admin = await client.signUp('Admin')
const ada = await client.signUp('Ada')
const suspend = async (workspaceId: string, suspended = true) =>
  client.call('PATCH', `/v1/admin/workspaces/${workspaceId}`, { as: admin.session, body: { suspended } })

/** Resolves when the worker has looked at its runs: at its second question from now on, the first is answered. */
async function hasLooked(): Promise<void> {
  const { pool } = services.database
  const asked = async () => (await pool.query<{ at: Date }>('select max(seen_at) as at from worker')).rows[0]?.at
  for (let question = 0; question < 2; question++) {
    const before = (await asked())?.getTime() ?? 0
    await until(async () => ((await asked())?.getTime() ?? 0) > before, 60_000, 'the worker asks for its runs')
  }
}

t.test('200: durable runs, schedules and deliveries stop, and go on where they stood', async (t) => {
  const workspace = ada.workspaceId
  const base = `/v1/workspaces/${workspace}`
  const as = ada.session
  const save = async (name: string, rest: object) => {
    const answer = await client.call('POST', `${base}/flows`, {
      as,
      body: { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, ...rest }
    })
    t.equal(answer.status, 201, answer.text)
    return answer.json.id as string
  }
  const call = (path: string) => ({ call: 'http', with: { method: 'get', endpoint: `${upstream.url}${path}` } })
  const flowId = await save('two-calls', {
    do: [{ first: call('/delay') }, { second: call('/echo/second') }, { done: { set: { ok: true } } }]
  })
  const listener = (
    await client.call('POST', `${base}/listeners`, { as, body: { name: 'async', flowId, mode: 'async' } })
  ).json.id
  const started = await client.call('POST', `/v1/dynamic/listener/${listener}`, {
    as: { email: ada.email, password: ada.password }
  })
  t.equal(started.status, 202, started.text)
  const statusOf = async (id: string) => (await client.call('GET', `/v1/runs/${id}`, { as })).json.status as string
  await upstream.received('/delay')

  const scheduled = await save('hourly', { schedule: { every: { hours: 1 } }, do: [{ a: { set: { ok: true } } }] })
  const { nextAt } = (await client.call('GET', `/v1/flows/${scheduled}/schedule`, { as })).json
  await client.call('PUT', `${base}/event-sink`, { as, body: { url: `${upstream.url}/echo/sink` } })
  const seen = (part: string) => upstream.requests.filter((request) => request.path.includes(part)).length

  await suspend(workspace)
  await services.emit(workspace, event(), 'while-suspended')
  await hasLooked()
  upstream.release()
  await until(async () => (await statusOf(started.json.runId)) === 'waiting', 30_000, 'the run waits')
  clock.advance(2.5 * 3_600_000)
  const schedule = async () => (await client.call('GET', `/v1/flows/${scheduled}/schedule`, { as })).json
  await until(async () => Date.parse((await schedule()).nextAt) > clock.now(), 30_000, 'the missed ticks are skipped')
  t.equal((await schedule()).lastRunId, null, 'and started nothing')
  t.equal(Date.parse((await schedule()).nextAt), Date.parse(nextAt) + 2 * 3_600_000)
  t.strictSame([seen('second'), seen('sink')], [0, 0], 'no call left')
  t.equal(await statusOf(started.json.runId), 'waiting')

  await suspend(workspace, false)
  await until(async () => (await statusOf(started.json.runId)) === 'succeeded', 30_000, 'the run goes on')
  await until(async () => seen('sink') === 1, 30_000, 'the event is delivered')
  t.strictSame([seen('/delay'), seen('second')], [1, 1], 'no finished step was repeated')
})

t.test('200: a run that is queued while its workspace is suspended stays queued', async (t) => {
  const owner = await client.signUp('Queue')
  const { path } = await createEchoListener(t, client, owner, { mode: 'async' })
  const { token } = await createToken(t, client, owner)
  const done = (await client.call('POST', path, { as: token })).json.runId as string
  const statusOf = async (id: string) =>
    (await client.call('GET', `/v1/runs/${id}`, { as: owner.session })).json.status as string
  await until(async () => (await statusOf(done)) === 'succeeded', 30_000, 'the first run ends')
  await suspend(owner.workspaceId)
  // As a process that has not heard of it yet would queue it.
  const { rows } = await services.database.pool.query('select * from run where id = $1', [done])
  const [row] = rows
  await services.engine.enqueue({
    id: 'run_parked0000000000000000',
    workspaceId: owner.workspaceId,
    listenerId: row.listener_id,
    flowId: row.flow_id,
    flowVersion: row.flow_version,
    accountId: null,
    tokenId: null,
    requestId: 'req_parked',
    caller: row.caller,
    input: row.input,
    priority: 0,
    acceptedAt: clock.now()
  })
  const stateOf = async () =>
    (await services.database.pool.query(`select state from live_run where run_id = 'run_parked0000000000000000'`))
      .rows[0]?.state
  await until(async () => (await stateOf()) === 'waiting', 30_000, 'it is suspended')
  t.equal(await statusOf('run_parked0000000000000000'), 'queued')
  await suspend(owner.workspaceId, false)
  await until(async () => (await statusOf('run_parked0000000000000000')) === 'succeeded', 30_000, 'it runs')
})

function event() {
  return {
    specversion: '1.0' as const,
    id: 'e1',
    source: 'test',
    type: 'test.happened',
    time: new Date().toISOString(),
    data: {}
  }
}
