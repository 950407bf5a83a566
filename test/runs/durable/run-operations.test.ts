import { request as httpRequest } from 'node:http'
import t from 'tap'
import { startSecondProcess } from '../../fixtures/second-process.ts'
import { startSluice, type TestSluice } from '../../fixtures/sluice.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import type { Person } from '../../fixtures/client.ts'
import { addMember } from '../../fixtures/members.ts'

let names = 0

async function gateway(t: Parameters<typeof startSluice>[0]) {
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const sluice = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`] })
  const owner = await sluice.client.signUp()
  const listener = async (tasks: object[]): Promise<{ path: string; flowId: string }> => {
    const document = {
      document: { dsl: '1.0.3', namespace: 'test', name: `flow-${++names}`, version: '1.0.0' },
      do: tasks
    }
    const flow = await sluice.client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
      as: owner.session,
      body: document
    })
    const made = await sluice.client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
      as: owner.session,
      body: { name: `l${names}`, flowId: flow.json.id, mode: 'async' }
    })
    t.equal(made.status, 201, made.text)
    return { path: `/v1/dynamic/listener/${made.json.id}`, flowId: flow.json.id }
  }
  const call = (path: string, name: string): object => ({
    [name]: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}${path}` } } }
  })
  return { upstream, sluice, owner, listener, call }
}

async function statusIs({ client }: TestSluice, owner: Person, runId: string, status: string): Promise<any> {
  const read = () => client.call('GET', `/v1/runs/${runId}`, { as: owner.session })
  await until(async () => (await read()).json.status === status, 60_000, `${runId} ${status}`)
  return (await read()).json
}

t.test('204: cancelling ends a run and aborts the call it is making, in whichever process it runs', async (t) => {
  const { upstream, sluice, owner, listener, call } = await gateway(t)
  const second = await startSecondProcess(t, sluice)
  const { path } = await listener([call('/echo', 'before'), call('/delay', 'slow'), call('/echo', 'after')])
  const { runId } = (await sluice.client.call('POST', path, { as: owner, body: {} })).json
  await upstream.received('/delay')
  t.equal(upstream.openSockets() > 0, true)
  // A step is written shortly after it ended, together with others.
  await until(
    async () => (await sluice.client.call('GET', `/v1/runs/${runId}`, { as: owner.session })).json.steps.length > 0,
    60_000,
    'the first step'
  )

  const answer = await second.client.call('POST', `/v1/runs/${runId}/cancel`, { as: owner.session, raw: '' })
  t.equal(answer.status, 204, answer.text)
  const run = await statusIs(sluice, owner, runId, 'cancelled')
  t.same(
    run.steps.map((step: { pointer: string }) => step.pointer),
    ['/do/0/before']
  )
  t.equal(
    (await sluice.client.call('POST', `/v1/runs/${runId}/cancel`, { as: owner.session, raw: '' })).status,
    204,
    'again'
  )
  upstream.release()
  t.equal(upstream.requests.filter((request) => request.path === '/echo').length, 1, 'nothing after it is done')

  const stranger = await sluice.client.signUp('Grace')
  t.equal(
    (await sluice.client.call('POST', `/v1/runs/${runId}/cancel`, { as: stranger.session, raw: '' })).status,
    404,
    '404 for who may not see it'
  )
})

t.test('204: a waiting run is cancelled; 409: an ended run is not', async (t) => {
  const { sluice, owner, listener } = await gateway(t)
  const waiting = await listener([{ rest: { wait: { days: 3 } } }])
  const { runId } = (await sluice.client.call('POST', waiting.path, { as: owner, body: {} })).json
  await statusIs(sluice, owner, runId, 'waiting')
  t.equal((await sluice.client.call('POST', `/v1/runs/${runId}/cancel`, { as: owner.session, raw: '' })).status, 204)
  await statusIs(sluice, owner, runId, 'cancelled')

  const short = await listener([{ answer: { set: { ok: true } } }])
  const ended = (await sluice.client.call('POST', short.path, { as: owner, body: {} })).json.runId
  await statusIs(sluice, owner, ended, 'succeeded')
  t.equal((await sluice.client.call('POST', `/v1/runs/${ended}/cancel`, { as: owner.session, raw: '' })).status, 409)
})

t.test('202: a replay is a new run on the same input', async (t) => {
  const { sluice, owner, listener } = await gateway(t)
  const { path } = await listener([{ answer: { set: { n: '${ .body.n }' } } }])
  const { runId } = (await sluice.client.call('POST', path, { as: owner, body: { n: 42 } })).json
  await statusIs(sluice, owner, runId, 'succeeded')
  const answer = await sluice.client.call('POST', `/v1/runs/${runId}/replay`, { as: owner.session, raw: '' })
  t.equal(answer.status, 202, answer.text)
  t.not(answer.json.runId, runId)
  t.equal(answer.headers['location'], answer.json.statusUrl)
  t.same((await statusIs(sluice, owner, answer.json.runId, 'succeeded')).output, { n: 42 })
})

t.test('GET /v1/runs/:runId/events', async (t) => {
  const { upstream, sluice, owner, listener, call } = await gateway(t)
  const second = await startSecondProcess(t, sluice)
  const { path } = await listener([{ first: { set: { a: 1 } } }, call('/delay', 'slow'), { last: { set: { z: 1 } } }])
  const { runId } = (await sluice.client.call('POST', path, { as: owner, body: {} })).json

  const live = openEvents(second.url, runId, owner.session)
  await until(
    async () => live.text().includes('"/do/0/first"'),
    60_000,
    'another process streams the first step while the run continues'
  )
  t.match(live.text(), /event: status\ndata: \{"status":"running"\}/)
  const resumed = openEvents(sluice.url, runId, owner.session, '1')
  await until(
    async () => resumed.text().includes('"running"'),
    60_000,
    'a reader that reconnects to another process while the run continues'
  )
  upstream.release()
  await live.ended
  await resumed.ended
  t.strictSame(
    [...resumed.text().matchAll(/^id: (.*)$/gm)].map(([, id]) => id),
    ['2', '3', '3.end'],
    'is told what it has not seen, once'
  )
  t.match(
    live.text(),
    new RegExp(
      'event: step\\nid: 1\\n[^]*event: step\\nid: 2\\n[^]*event: step\\nid: 3\\n[^]*' +
        'event: status\\nid: 3\\.end\\ndata: \\{"status":"succeeded"\\}\\n\\n$'
    )
  )

  const rest = openEvents(sluice.url, runId, owner.session, '2')
  await rest.ended
  t.notMatch(rest.text(), /id: [12]\n/, 'with Last-Event-ID only what follows is told')
  t.match(rest.text(), /^event: step\nid: 3\n/)
  const again = await sluice.client.call('GET', `/v1/runs/${runId}/events`, {
    as: owner.session,
    headers: { 'Last-Event-ID': '3.end' }
  })
  t.equal(again.status, 204, 'who has seen the end is told to stay away')
  const stranger = await sluice.client.signUp('Grace')
  t.equal((await sluice.client.call('GET', `/v1/runs/${runId}/events`, { as: stranger.session })).status, 404)
})

t.test('the stream ends when its reader loses access', async (t) => {
  const { upstream, sluice, owner, listener, call } = await gateway(t)
  const { client } = sluice
  const { path } = await listener([call('/delay', 'slow'), { secretly: { set: { z: 'told later' } } }])
  const [gone, ended] = [await client.signUp('Gone'), await client.signUp('Ended')]
  for (const person of [gone, ended]) await addMember(client, owner, person, 'viewer')
  const token = (
    await client.call('POST', '/v1/tokens', {
      as: gone.session,
      body: { name: 'mine', days: 1, password: gone.password }
    })
  ).json.token
  const { runId } = (await client.call('POST', path, { as: token, body: {} })).json

  const stays = openEvents(sluice.url, runId, owner.session)
  const watching = [gone.session, token, ended.session].map((as) => openEvents(sluice.url, runId, as))
  await until(
    async () => [stays, ...watching].every(({ text }) => text().includes('"running"')),
    60_000,
    'all of them see the run'
  )
  t.equal((await client.call('GET', '/v1/runs', { as: token })).json.items.length, 1)
  t.equal(
    (await client.call('DELETE', `/v1/workspaces/${owner.workspaceId}/members/${gone.id}`, { as: owner.session }))
      .status,
    204
  )
  t.equal((await client.call('DELETE', '/v1/sessions/current', { as: ended.session })).status, 204)
  await Promise.all(watching.map((stream) => stream.ended))
  for (const as of [gone.session, token])
    t.equal((await client.call('GET', `/v1/runs/${runId}`, { as })).status, 404, 'nor may a token that made it itself')
  t.same((await client.call('GET', '/v1/runs', { as: token })).json.items, [])

  upstream.release()
  await stays.ended
  t.match(stays.text(), /secretly/)
  for (const { text } of watching) t.notMatch(text(), /secretly|succeeded/)
})

function openEvents(
  url: string,
  runId: string,
  session: string,
  lastEventId?: string
): { text(): string; ended: Promise<void> } {
  let text = ''
  const ended = new Promise<void>((resolve, reject) => {
    const request = httpRequest(
      `${url}/v1/runs/${runId}/events`,
      {
        agent: false,
        headers: { Authorization: `Bearer ${session}`, ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}) }
      },
      (response) => {
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => {
            text += chunk
          })
          .on('end', resolve)
          .on('error', reject)
      }
    )
    request.on('error', reject).end()
  })
  return { text: () => text, ended }
}

t.test('a schedule is read, paused, and given a time zone', async (t) => {
  const { sluice, owner } = await gateway(t)
  const document = {
    document: { dsl: '1.0.3', namespace: 'test', name: `flow-${++names}`, version: '1.0.0' },
    schedule: { cron: '0 9 * * *' },
    do: [{ answer: { set: { ok: true } } }]
  }
  const flow = await sluice.client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
    as: owner.session,
    body: document
  })
  const path = `/v1/flows/${flow.json.id}/schedule`
  const read = () => sluice.client.call('GET', path, { as: owner.session })
  await until(async () => (await read()).status === 200, 60_000, 'the schedule of a published flow')
  t.match((await read()).json, {
    rule: { cron: '0 9 * * *' },
    timeZone: 'UTC',
    paused: false,
    nextAt: /T09:00:00\.000Z$/
  })
  const inDelhi = await sluice.client.call('PATCH', path, { as: owner.session, body: { timeZone: 'Asia/Kolkata' } })
  t.match(inDelhi.json, { timeZone: 'Asia/Kolkata', nextAt: /T03:30:00\.000Z$/ })
  t.match((await sluice.client.call('PATCH', path, { as: owner.session, body: { paused: true } })).json, {
    paused: true,
    nextAt: null
  })
  t.match((await sluice.client.call('PATCH', path, { as: owner.session, body: { paused: false } })).json, {
    paused: false,
    nextAt: /T03:30:00\.000Z$/
  })
  t.equal(
    (await sluice.client.call('PATCH', path, { as: owner.session, body: { timeZone: 'Mars/Olympus' } })).status,
    400
  )
  const stranger = await sluice.client.signUp('Grace')
  t.equal((await sluice.client.call('GET', path, { as: stranger.session })).status, 404)
})
