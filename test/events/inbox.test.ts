import t from 'tap'
import { INBOX_LIMITS } from '../../src/events/inbox.ts'
import { trimInbound } from '../../src/events/inbound.ts'
import { HOPS_MAX } from '../../src/events/hops.ts'
import { EVENT_MAX_BYTES } from '../../src/events/emit.ts'
import { DAY_MS } from '../../src/lib/clock.ts'
import { createEventRouter } from '../../src/runs/route-events.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { addMember } from '../fixtures/members.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, services, clock } = await startSluice(t)
const { pool, prisma } = services.database
const JSON_EVENT = { 'Content-Type': 'application/cloudevents+json; charset=utf-8' }
const JSON_BATCH = { 'Content-Type': 'application/cloudevents-batch+json' }

const eventOf = (id: string, more: object = {}) => ({
  specversion: '1.0',
  id,
  source: 'https://shop.example/orders',
  type: 'com.example.order.paid',
  time: '2026-11-28T10:00:00Z',
  data: { orderId: 7, amount: 12 },
  ...more
})

async function newWorkspace(name: string) {
  const owner = await client.signUp(name)
  const at = `/v1/workspaces/${owner.workspaceId}`
  const as = owner.session
  return {
    ...owner,
    at,
    send: (body: unknown, headers: Record<string, string> = JSON_EVENT, by: string = as) =>
      client.call('POST', `${at}/inbox`, { as: by, raw: JSON.stringify(body), headers }),
    async flow(name: string, filter: object | undefined, tasks: object[] = [{ answer: { set: '${ . }' } }]) {
      const body = {
        document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
        ...(filter ? { schedule: { on: { one: { with: filter } } } } : {}),
        do: tasks
      }
      const flow = await client.call('POST', `${at}/flows`, { as, body })
      if (flow.status !== 201) throw new Error(flow.text)
      return flow.json.id as string
    },
    runs: (flowId: string) => prisma.run.findMany({ where: { flowId }, orderBy: { startedAt: 'asc' } })
  }
}

const settled = (runs: readonly { status: string }[]): boolean =>
  runs.every(({ status }) => status === 'succeeded' || status === 'failed')

t.test('202: an event starts the flows that ask for it, once for its source and id', async (t) => {
  const ada = await newWorkspace('Ada')
  const paid = await ada.flow('paid', { type: 'com.example.order.paid' })
  const other = await ada.flow('other', { type: 'com.example.order.lost' })
  const sent = eventOf('1')
  const answer = await ada.send(sent)
  t.equal(answer.status, 202, answer.text)
  t.same(answer.json, { accepted: 1, duplicates: 0 })
  await until(async () => (await ada.runs(paid))[0]?.status === 'succeeded', 60_000, 'the run')
  t.same((await ada.send(sent)).json, { accepted: 0, duplicates: 1 })
  await services.router?.run()
  const [run, ...more] = await ada.runs(paid)
  t.match(run, { mode: 'async', input: sent, output: sent, caller: { kind: 'event', id: sent.source } })
  t.equal(more.length, 0)
  t.same(await ada.runs(other), [])
  const shown = await client.call('GET', `/v1/runs/${run?.id}`, { as: ada.session })
  t.match(shown.json, { status: 'succeeded', listenerId: null, caller: { kind: 'event', id: sent.source } })

  t.same((await ada.send(eventOf('1', { source: '/another' }))).json, { accepted: 1, duplicates: 0 })
  await until(async () => (await ada.runs(paid)).length === 2, 60_000, 'the id of another source is another event')
})

t.test('202: a batch is taken whole or not at all, and counts what is repeated within it', async (t) => {
  const ada = await newWorkspace('Ada')
  const bad = await ada.send([eventOf('1'), { ...eventOf('2'), source: undefined, time: 'noon' }], JSON_BATCH)
  t.match(bad.json, {
    status: 400,
    code: 'validation_failed',
    errors: [{ pointer: '/1/source' }, { pointer: '/1/time' }]
  })
  t.same((await ada.send([eventOf('1'), eventOf('2'), eventOf('1')], JSON_BATCH)).json, { accepted: 2, duplicates: 1 })
  t.same((await ada.send([], JSON_BATCH)).json, { accepted: 0, duplicates: 0 })
  const many = await ada.send(
    Array.from({ length: INBOX_LIMITS.batch + 1 }, (_, index) => eventOf(`m${index}`)),
    JSON_BATCH
  )
  t.match(many.json, { status: 400, errors: [{ message: /at most 1000 events/ }] })
})

t.test('202: a binary event has its attributes in headers and its data in the body', async (t) => {
  const ada = await newWorkspace('Ada')
  const flow = await ada.flow('any', { source: '/bank' })
  const send = (id: string, contentType: string, raw: string | Buffer) =>
    client.call('POST', `${ada.at}/inbox`, {
      as: ada.session,
      raw,
      headers: {
        'Content-Type': contentType,
        'ce-specversion': '1.0',
        'ce-id': id,
        'ce-source': '/bank',
        'ce-type': 'paid%20%E2%82%AC',
        'ce-amount': '12'
      }
    })
  t.match((await send('%00', 'text/plain', '')).json, { status: 400, errors: [{ pointer: '/id' }] })
  t.same((await send('json', 'application/json', '{"n":12345678901234567890}')).json, { accepted: 1, duplicates: 0 })
  t.equal((await send('text', 'text/plain', 'grüß')).status, 202)
  t.equal((await send('bytes', 'image/png', Buffer.from([0, 255]))).status, 202)
  await until(async () => (await ada.runs(flow)).length === 3, 60_000, 'three runs')
  const { rows } = await pool.query('select input::text from run where flow_id = $1', [flow])
  const inputs = rows.map(({ input }) => input as string).sort()
  t.match(inputs[0], /"id":"bytes".*"data_base64":"AP8="/)
  t.match(inputs[1], /"type":"paid €".*"data":\{"n":12345678901234567890\}/)
  t.match(inputs[2], /"data":"grüß"/)
  t.match(JSON.parse(inputs[1] ?? ''), { amount: '12', datacontenttype: 'application/json' })
})

t.test('filters compare literals and evaluate expressions over attributes', async (t) => {
  const ada = await newWorkspace('Ada')
  const large = await ada.flow('large', { type: 'com.example.order.paid', data: '${ .amount > 10 }' })
  const named = await ada.flow('named', { source: '${ "https://shop.example/" + "orders" }', priority: 5 })
  const whole = await ada.flow('whole', { data: { orderId: 7, amount: 12 } })
  const broken = await ada.flow('broken', { data: '${ .amount | error }' })
  await ada.send(
    [eventOf('1'), eventOf('2', { data: { amount: 3 }, priority: 5 }), eventOf('3', { data: 'x' })],
    JSON_BATCH
  )
  await services.router?.run()
  const ids = async (flow: string) => (await ada.runs(flow)).map(({ input }) => (input as { id: string }).id)
  t.same(await ids(large), ['1'])
  t.same(await ids(named), ['2'])
  t.same(await ids(whole), ['1'])
  t.same(await ids(broken), [])
})

t.test('an event that a flow emits starts the next flow; a loop of them ends', async (t) => {
  const ada = await newWorkspace('Ada')
  const loop = await ada.flow('loop', { type: 'again' }, [
    { tell: { emit: { event: { with: { type: 'again', data: '${ .data + 1 }' } } } } }
  ])
  await ada.send(eventOf('0', { type: 'again', data: 0 }))
  await until(
    async () => {
      const runs = await ada.runs(loop)
      return runs.length === HOPS_MAX + 1 && settled(runs)
    },
    60_000,
    'the end of the loop'
  )
  await services.router?.run()
  const runs = await ada.runs(loop)
  t.equal(runs.length, HOPS_MAX + 1)
  t.match(
    runs.filter(({ status }) => status === 'failed'),
    [{ caller: { hops: HOPS_MAX }, error: { status: 500, detail: /More than 8 events/ } }]
  )
})

t.test('400, 413, 415: what is no event is refused with its place', async (t) => {
  const ada = await newWorkspace('Ada')
  const errors = async (body: unknown) => (await ada.send(body)).json.errors
  t.match(await errors({ id: 1, type: '', 'Bad-Name': 'x', nested: {}, source: null }), [
    { pointer: '/specversion', message: 'is missing' },
    { pointer: '/source', message: 'is missing' },
    { pointer: '/id', message: 'must be text' },
    { pointer: '/type', message: 'must not be empty' },
    { pointer: '/Bad-Name' },
    { pointer: '/nested' }
  ])
  t.match(await errors(eventOf('1', { specversion: '0.3' })), [{ pointer: '/specversion' }])
  t.match(await errors(eventOf('1', { data_base64: 'AA==' })), [{ pointer: '/data_base64' }])
  t.match(await errors([eventOf('1')]), [{ pointer: '' }])
  t.match(await errors(eventOf('1', { data: 'a\u0000b' })), [{ pointer: '/data' }])
  t.match((await ada.send(eventOf('1', { data: 'x'.repeat(EVENT_MAX_BYTES) }))).json, {
    status: 413,
    detail: /262144 bytes/
  })
  t.equal((await ada.send(eventOf('1'), { 'Content-Type': 'application/cloudevents+avro' })).status, 415)
  t.equal((await ada.send(eventOf('1'), { 'Content-Type': 'text/plain' })).status, 415)
  t.equal(
    (await client.call('POST', `${ada.at}/inbox`, { as: ada.session, raw: '{', headers: JSON_EVENT })).status,
    400
  )
  t.same((await ada.send(eventOf('1'), { 'Content-Type': 'application/json' })).json, { accepted: 1, duplicates: 0 })
})

t.test('403, 404: editors send events, and management tokens that may write them', async (t) => {
  const ada = await newWorkspace('Ada')
  const eve = await client.signUp('Eve')
  const viewer = await client.signUp('Vera')
  await addMember(client, ada, viewer, 'viewer')
  t.equal((await ada.send(eventOf('1'), JSON_EVENT, eve.session)).status, 404)
  t.equal((await ada.send(eventOf('1'), JSON_EVENT, viewer.session)).status, 403)
  const writer = await createManagementToken(client, ada, ['events:write'])
  const reader = await createManagementToken(client, ada, ['events:read'])
  t.equal((await ada.send(eventOf('1'), JSON_EVENT, writer.token)).status, 202)
  t.equal((await ada.send(eventOf('2'), JSON_EVENT, reader.token)).status, 403)
})

t.test('events wait while their workspace is suspended, and are kept as long as its runs', async (t) => {
  const ada = await newWorkspace('Ada')
  const flow = await ada.flow('paid', { type: 'com.example.order.paid' })
  await prisma.workspace.update({ where: { id: ada.workspaceId }, data: { suspendedAt: new Date() } })
  await services.inbox.accept({ workspaceId: ada.workspaceId } as never, [eventOf('1') as never])
  await services.router?.run()
  t.same(await ada.runs(flow), [])
  clock.advance(400 * DAY_MS)
  await trimInbound({ pool, clock })
  t.equal(await prisma.inboundEvent.count({ where: { workspaceId: ada.workspaceId } }), 1, 'it is still to be routed')
  await prisma.workspace.update({ where: { id: ada.workspaceId }, data: { suspendedAt: null } })
  await services.router?.run()
  t.equal((await ada.runs(flow)).length, 1)
  await trimInbound({ pool, clock })
  t.equal(await prisma.inboundEvent.count({ where: { workspaceId: ada.workspaceId } }), 0)
})

t.test('two processes that route the same events start each flow once', async (t) => {
  const ada = await newWorkspace('Ada')
  const flow = await ada.flow('paid', { type: 'com.example.order.paid' })
  const errors: unknown[] = []
  const routers = [0, 1, 2].map(() =>
    createEventRouter({
      pool,
      clock,
      log: { error: (error: unknown) => void errors.push(error) } as never,
      engine: services.engine,
      liveRuns: services.liveRuns,
      readFlow: services.subflows.readFlow
    })
  )
  await ada.send(
    Array.from({ length: 60 }, (_, index) => eventOf(`e${index}`)),
    JSON_BATCH
  )
  await Promise.all([...routers, services.router].map(async (router) => router?.run()))
  await Promise.all(routers.map((router) => router.close()))
  t.equal((await ada.runs(flow)).length, 60)
  t.same(errors, [])
})

t.test('429: a workspace takes a number of events in a minute', async (t) => {
  const ada = await newWorkspace('Ada')
  const batch = (n: number) => Array.from({ length: INBOX_LIMITS.batch }, (_, index) => eventOf(`${n}-${index}`))
  for (let sent = 0; sent < INBOX_LIMITS.perMinute; sent += INBOX_LIMITS.batch)
    t.equal((await ada.send(batch(sent), JSON_BATCH)).status, 202)
  const refused = await ada.send(eventOf('one more'))
  t.match(refused.json, { status: 429, detail: /at most 6000 events in a minute/ })
  t.ok(refused.headers['retry-after'])
  clock.advance(61_000)
  t.equal((await ada.send(eventOf('one more'))).status, 202)
})
