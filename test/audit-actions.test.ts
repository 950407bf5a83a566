import t from 'tap'
import { startSluice } from './fixtures/sluice.ts'
import { startUpstream } from './fixtures/upstream.ts'
import { until } from './fixtures/until.ts'

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const { client } = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`] })
const ada = await client.signUp('Ada')
const as = ada.session
const workspace = `/v1/workspaces/${ada.workspaceId}`
const document = (name: string, more: object) => ({
  document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
  ...more
})

/** The newest line of an action, as an owner reads it. */
async function lineOf(action: string) {
  return (await client.call('GET', `${workspace}/audit?action=${action}`, { as })).json.items[0]
}

t.test('a run that is cancelled, and one that is replayed, have a line of their workspace', async (t) => {
  const flow = await client.call('POST', `${workspace}/flows`, {
    as,
    body: document('waits', { do: [{ rest: { wait: { hours: 1 } } }] })
  })
  const listener = await client.call('POST', `${workspace}/listeners`, {
    as,
    body: { name: 'waits', flowId: flow.json.id, mode: 'async' }
  })
  const { runId } = (await client.call('POST', `/v1/dynamic/listener/${listener.json.id}`, { as: ada, body: {} })).json
  const cancelled = await client.call('POST', `/v1/runs/${runId}/cancel`, { as })
  t.equal(cancelled.status, 204, cancelled.text)
  const by = { actorKind: 'account', actorId: ada.id, workspaceId: ada.workspaceId, ip: '127.0.0.1' }
  t.match(await lineOf('run.cancelled'), { ...by, target: runId, requestId: cancelled.headers['x-request-id'] })
  const replayed = await client.call('POST', `/v1/runs/${runId}/replay`, { as })
  t.match(await lineOf('run.replayed'), { ...by, target: runId, details: { runId: replayed.json.runId } })
  const several = await client.call('POST', '/v1/runs/replay', { as, body: { ids: [runId] } })
  t.match(await lineOf('run.replayed'), { ...by, details: { runId: several.json.items[0].runId } })
})

t.test('a schedule that is paused or moved has a line', async (t) => {
  const flow = await client.call('POST', `${workspace}/flows`, {
    as,
    body: document('ticks', { schedule: { cron: '0 5 * * *' }, do: [{ one: { set: { a: 1 } } }] })
  })
  const path = `/v1/flows/${flow.json.id}/schedule`
  await until(async () => (await client.call('GET', path, { as })).status === 200, 30_000, 'the schedule')
  await client.call('PATCH', path, { as, body: { paused: true } })
  t.match(await lineOf('schedule.changed'), { target: flow.json.id, details: { paused: true } })
  await client.call('PATCH', path, { as, body: { timeZone: 'Europe/Berlin' } })
  t.match(await lineOf('schedule.changed'), { target: flow.json.id, details: { timeZone: 'Europe/Berlin' } })
})

t.test('a live simulation has a line with its calls; one that is not live has none', async (t) => {
  await client.call('PUT', `${workspace}/secrets/key`, { as, body: { value: 'key-0815-unique' } })
  const body = {
    document: document('calls', {
      use: { secrets: ['key'] },
      do: [
        { ask: { call: 'http', with: { method: 'get', endpoint: { uri: `${upstream.url}/json?token=x` } } } },
        {
          tell: {
            input: { from: '${ $secrets.key }' },
            call: 'http',
            with: { method: 'post', endpoint: { uri: `\${ "${upstream.url}/echo/" + . }` }, body: {} }
          }
        },
        { fail: { call: 'http', with: { method: 'get', endpoint: { uri: `${upstream.url}/status/500` } } } }
      ]
    })
  }
  const simulate = (live: boolean) =>
    client.call('POST', `${workspace}/flows/simulate`, { as, body: { ...body, live } })
  t.equal((await simulate(false)).status, 200)
  t.equal(await lineOf('simulation.live'), undefined)
  const live = await simulate(true)
  t.match(live.json, { status: 'failed' }, live.text)
  const line = await lineOf('simulation.live')
  t.match(line, {
    actorId: ada.id,
    target: null,
    requestId: live.headers['x-request-id'],
    details: {
      count: 3,
      calls: [`GET ${upstream.url}/json`, `POST ${upstream.url}/echo/[secret]`, `GET ${upstream.url}/status/500`]
    }
  })
  t.equal((await client.call('POST', '/v1/flows/simulate', { as, body: { ...body, live: true } })).status, 200)
  const mine = await client.call('GET', '/v1/account/audit?action=simulation.live', { as })
  t.equal(mine.json.items.length, 2, 'outside any workspace its author reads it')
})

t.test(
  'documents that a draft has the gateway fetch are named, also where they are not what they should be',
  async (t) => {
    const call = { call: 'openapi', with: { document: { endpoint: `${upstream.url}/json?key=x` }, operationId: 'get' } }
    const refused = await client.call('POST', '/v1/flows/validate', {
      as,
      body: document('pins', { do: [{ one: call }] })
    })
    t.equal(refused.status, 400, refused.text)
    const { items } = (await client.call('GET', '/v1/account/audit?action=document.fetched', { as })).json
    t.match(items[0], { actorId: ada.id, details: { documents: [`${upstream.url}/json`] } })
  }
)
