import { createHmac } from 'node:crypto'
import t from 'tap'
import type { CloudEvent } from '../../src/dsl/index.ts'
import { createDeliveries, DELIVERY_LIMITS } from '../../src/events/deliver.ts'
import { createEmit, EVENT_MAX_BYTES } from '../../src/events/emit.ts'
import { trimEvents } from '../../src/events/list.ts'
import { MAX_ATTEMPTS } from '../../src/events/retry.ts'
import { addMember } from '../fixtures/members.ts'
import { startSinkServer } from '../fixtures/sink-server.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { url: base, statuses, deliveredTo, hangUp } = await startSinkServer(t)

const sluice = await startSluice(t, { egressAllow: [new URL(base).host] })
const { client, services, clock } = sluice
const { pool, prisma } = services.database

/** An account with a workspace of its own. */
async function newWorkspace(name: string) {
  const owner = await client.signUp(name)
  const at = `/v1/workspaces/${owner.workspaceId}`
  const call = (method: string, path: string, body?: unknown) =>
    client.call(method, at + path, { as: owner.session, ...(body === undefined ? {} : { body }) })
  return {
    ...owner,
    call,
    events: async () => (await call('GET', '/events')).json.items,
    async listener(name: string, tasks: object[], more: object = {}): Promise<string> {
      const flow = await call('POST', '/flows', {
        document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
        do: tasks
      })
      if (flow.status !== 201) throw new Error(flow.text)
      const listener = await call('POST', '/listeners', { name, flowId: flow.json.id, ...more })
      return `/v1/dynamic/listener/${listener.json.id}`
    }
  }
}

const TELL = {
  tell: { emit: { event: { with: { type: 'com.example.order.placed', data: { sku: '${ .query.sku }' } } } } }
}
const eventOf = (id: string): CloudEvent => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'test',
  time: '2026-11-21T00:00:00Z'
})
const emit = createEmit({ pool, clock })

t.test('200: the events of a workspace are listed newest first, in pages', async (t) => {
  const ada = await newWorkspace('Ada')
  const listener = await ada.listener('tells', [TELL])
  for (const sku of ['A1', 'A2', 'A3'])
    t.equal((await client.call('GET', `${listener}?sku=${sku}`, { as: ada })).status, 200)
  const items = await ada.events()
  t.same(
    items.map((item: { event: { data: unknown } }) => item.event.data),
    [{ sku: 'A3' }, { sku: 'A2' }, { sku: 'A1' }]
  )
  t.match(items[0], {
    id: /^evt_/,
    createdAt: String,
    event: {
      specversion: '1.0',
      id: String,
      type: 'com.example.order.placed',
      source: '/flows/test/tells',
      time: String,
      datacontenttype: 'application/json'
    },
    delivery: { status: 'none', attempts: 0, nextAttemptAt: null, deliveredAt: null, failure: null }
  })
  const first = await ada.call('GET', '/events?limit=2')
  const rest = await ada.call('GET', `/events?limit=2&cursor=${first.json.nextCursor}`)
  t.same([...first.json.items, ...rest.json.items], items)
  t.equal(rest.json.nextCursor, null)
})

t.test('a durable run emits too; an effect of a run emits one event, however often it is tried', async (t) => {
  const ada = await newWorkspace('Ada')
  const listener = await ada.listener('durable', [TELL], { mode: 'async' })
  t.equal((await client.call('GET', `${listener}?sku=D1`, { as: ada })).status, 202)
  await until(async () => (await ada.events()).length === 1, 60_000, 'the event is there')
  await Promise.all([emit(ada.workspaceId, eventOf('a'), 'effect-1'), emit(ada.workspaceId, eventOf('a'), 'effect-1')])
  await emit(ada.workspaceId, eventOf('a'), 'effect-1')
  t.equal((await ada.events()).length, 2)
  for (const id of ['first try', 'second try']) await emit(ada.workspaceId, eventOf(id), 'effect-2', 1)
  t.equal((await ada.events()).length, 3)
  const { rows } = await pool.query('select event from inbound_event where workspace_id = $1 and source = $2', [
    ada.workspaceId,
    '/test'
  ])
  t.match(rows, [{ event: { id: 'first try' } }], 'flows are started by what the sinks receive')
  t.equal(rows.length, 1)
})

t.test('an event that is too large is an error that the flow can catch', async (t) => {
  const ada = await newWorkspace('Ada')
  const large = [{ tell: { emit: { event: { with: { type: 'large', data: `\${ "x" * ${EVENT_MAX_BYTES} }` } } } } }]
  const listener = await ada.listener('large', [
    {
      careful: {
        try: large,
        catch: { as: 'error', do: [{ say: { set: { status: '${ $error.status }', detail: '${ $error.detail }' } } }] }
      }
    }
  ])
  const answer = await client.call('GET', listener, { as: ada })
  t.match(answer.json, { status: 400, detail: /at most 262144 are accepted/ })
  t.same(await ada.events(), [])
})

t.test(
  '404: the events and the sink of a workspace are visible to its members only; 403: only its owner sets the sink',
  async (t) => {
    const ada = await newWorkspace('Ada')
    const eve = await client.signUp('Eve')
    const at = `/v1/workspaces/${ada.workspaceId}`
    const sink = { url: `${base}/sink` }
    for (const [method, path, body] of [
      ['GET', '/events'],
      ['GET', '/event-sink'],
      ['PUT', '/event-sink', sink],
      ['DELETE', '/event-sink']
    ] as const) {
      t.equal(
        (await client.call(method, at + path, { as: eve.session, ...(body ? { body } : {}) })).status,
        404,
        `${method} ${path}`
      )
    }
    await addMember(client, ada, eve, 'editor')
    t.equal((await client.call('GET', `${at}/events`, { as: eve.session })).status, 200)
    t.equal((await client.call('PUT', `${at}/event-sink`, { as: eve.session, body: sink })).status, 403)
    t.equal((await ada.call('PUT', '/event-sink', sink)).status, 200)
    t.equal((await client.call('GET', `${at}/event-sink`, { as: eve.session })).status, 200)
    t.equal((await client.call('DELETE', `${at}/event-sink`, { as: eve.session })).status, 403)
  }
)

t.test('200: a sink receives each event as it was emitted, signed with the secret that was shown once', async (t) => {
  const ada = await newWorkspace('Ada')
  const set = await ada.call('PUT', '/event-sink', { url: `${base}/signed` })
  t.equal(set.status, 200, set.text)
  t.equal(set.headers['cache-control'], 'no-store')
  const { secret } = set.json
  t.notMatch((await ada.call('GET', '/event-sink')).text, secret)
  const {
    rows: [row]
  } = await pool.query<{ secret: string }>('select secret from event_sink where workspace_id = $1', [ada.workspaceId])
  t.match(row?.secret, /^v1\./, 'it is sealed')

  const listener = await ada.listener('signed', [TELL])
  const calledAt = clock.now()
  await client.call('GET', `${listener}?sku=S1`, { as: ada })
  await until(async () => (await ada.events())[0]?.delivery.status === 'delivered', 60_000, 'it is delivered')
  const [item] = await ada.events()
  t.match(item.delivery, { status: 'delivered', attempts: 1, nextAttemptAt: null, deliveredAt: String, failure: null })
  const [delivered, ...more] = deliveredTo('/signed')
  t.equal(more.length, 0)
  t.same(JSON.parse(delivered?.body ?? ''), item.event)
  t.equal(delivered?.headers['content-type'], 'application/cloudevents+json; charset=utf-8')
  t.equal(delivered?.headers['webhook-id'], item.id)
  const at = String(delivered?.headers['webhook-timestamp'])
  t.ok(Number(at) >= Math.floor(calledAt / 1000) && Number(at) <= clock.now() / 1000, 'the time of the attempt')
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  t.equal(
    delivered?.headers['webhook-signature'],
    `v1,${createHmac('sha256', key).update(`${item.id}.${at}.${delivered?.body}`).digest('base64')}`
  )
})

t.test(
  'a delivery that fails is retried later with the same id, and fails for good after the last attempt',
  async (t) => {
    const ada = await newWorkspace('Ada')
    await ada.call('PUT', '/event-sink', { url: `${base}/fails` })
    statuses.set('/fails', 503)
    await emit(ada.workspaceId, eventOf('f'), 'effect-f')
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      await services.deliveries?.run()
      t.equal(deliveredTo('/fails').length, attempt)
      await services.deliveries?.run()
      t.equal(deliveredTo('/fails').length, attempt, 'not before its time')
      t.match((await ada.events())[0].delivery, {
        status: attempt < MAX_ATTEMPTS ? 'pending' : 'failed',
        attempts: attempt,
        failure: 'it was answered with status 503'
      })
      clock.advance(20 * 60 * 60_000)
    }
    await services.deliveries?.run()
    t.equal(deliveredTo('/fails').length, MAX_ATTEMPTS)
    t.equal(new Set(deliveredTo('/fails').map(({ headers }) => headers['webhook-id'])).size, 1)
    t.equal(
      new Set(deliveredTo('/fails').map(({ headers }) => headers['webhook-signature'])).size,
      MAX_ATTEMPTS,
      'each is signed anew, with its own time'
    )
  }
)

t.test('several processes deliver each event once', async (t) => {
  const ada = await newWorkspace('Ada')
  const others = [1, 2, 3].map(() => createDeliveries({ ...services, pool, log: services.log }))
  t.teardown(() => Promise.all(others.map((other) => other.close())))
  await ada.call('PUT', '/event-sink', { url: `${base}/once` })
  const ids = Array.from({ length: 40 }, (_, index) => `once-${index}`)
  await Promise.all(ids.map((id) => emit(ada.workspaceId, eventOf(id), id)))
  // A process ends its run when another one has just locked the next delivery, for instance one that its timer woke.
  await until(
    async () => {
      await Promise.all([...others, services.deliveries].map(async (each) => each?.run()))
      return (await prisma.eventDelivery.count({ where: { workspaceId: ada.workspaceId, deliveredAt: null } })) === 0
    },
    60_000,
    'all events are delivered'
  )
  t.same(
    deliveredTo('/once')
      .map(({ body }) => JSON.parse(body).id)
      .sort(),
    [...ids].sort()
  )
})

t.test('a sink that hangs takes a few of the concurrent attempts, and other sinks are served meanwhile', async (t) => {
  const [slow, fast] = [await newWorkspace('Slow'), await newWorkspace('Fast')]
  await slow.call('PUT', '/event-sink', { url: `${base}/hang` })
  await fast.call('PUT', '/event-sink', { url: `${base}/fast` })
  const own = createDeliveries({ ...services, pool, log: services.log })
  t.teardown(() => own.close())
  for (let index = 0; index < 30; index++) await emit(slow.workspaceId, eventOf(`slow-${index}`), `slow-${index}`)
  await emit(fast.workspaceId, eventOf('fast'), 'fast')
  own.wake()
  await until(async () => deliveredTo('/fast').length === 1, 60_000, 'the other sink has its event')
  t.ok(deliveredTo('/hang').length <= 2 * DELIVERY_LIMITS.sinkConcurrency, 'the gateway itself has as many')
  await slow.call('DELETE', '/event-sink')
  hangUp()
})

t.test('without a sink, and after it is removed, nothing is delivered', async (t) => {
  const ada = await newWorkspace('Ada')
  await ada.call('PUT', '/event-sink', { url: `${base}/removed` })
  statuses.set('/removed', 500)
  await emit(ada.workspaceId, eventOf('r'), 'effect-r')
  await services.deliveries?.run()
  t.equal((await ada.call('DELETE', '/event-sink')).status, 204)
  // On a slow machine, an attempt was repeated meanwhile.
  const attempts = deliveredTo('/removed').length
  t.ok(attempts > 0)
  t.equal((await ada.call('DELETE', '/event-sink')).status, 404)
  t.equal((await ada.call('GET', '/event-sink')).status, 404)
  clock.advance(60 * 60_000)
  await services.deliveries?.run()
  t.equal(deliveredTo('/removed').length, attempts)
  t.match((await ada.events())[0].delivery, { status: 'failed', failure: 'the sink was removed' })
})

t.test('400: a sink at an address that egress does not allow; a redirect to one is not followed', async (t) => {
  const ada = await newWorkspace('Ada')
  for (const url of [
    'http://127.0.0.1:1/',
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'https://user:pw@example.com/',
    'nonsense',
    ''
  ]) {
    const refused = await ada.call('PUT', '/event-sink', { url })
    t.equal(refused.status, 400, url)
    t.equal(refused.json.errors[0].pointer, '/url', url)
  }
  t.equal((await ada.call('GET', '/event-sink')).status, 404)
  statuses.set('/moved', 307)
  await ada.call('PUT', '/event-sink', { url: `${base}/moved` })
  await emit(ada.workspaceId, eventOf('m'), 'effect-m')
  await services.deliveries?.run()
  t.match((await ada.events())[0].delivery, { status: 'pending', failure: 'it was answered with status 307' })
})

t.test(
  'events are removed with the runs of their workspace, except those that are still to be delivered',
  async (t) => {
    const ada = await newWorkspace('Ada')
    await emit(ada.workspaceId, eventOf('old'), 'effect-old')
    await ada.call('PUT', '/event-sink', { url: `${base}/kept` })
    statuses.set('/kept', 500)
    await emit(ada.workspaceId, eventOf('kept'), 'effect-kept')
    clock.advance(31 * 24 * 60 * 60_000)
    await pool.query(
      'update event_delivery set next_attempt_at = $2 where workspace_id = $1 and next_attempt_at is not null',
      [ada.workspaceId, new Date(clock.now() + 60_000)]
    )
    await trimEvents({ pool, clock })
    const { rows } = await pool.query("select event->>'id' as id from outbox_event where workspace_id = $1", [
      ada.workspaceId
    ])
    t.same(rows, [{ id: 'kept' }])
  }
)

t.test('audit: setting and removing a sink are recorded, without its secret', async (t) => {
  const ada = await newWorkspace('Ada')
  const {
    json: { secret }
  } = await ada.call('PUT', '/event-sink', { url: `${base}/audited?key=hidden` })
  await ada.call('DELETE', '/event-sink')
  const { rows } = await pool.query<{ action: string; text: string }>(
    `select action, row_to_json(e)::text as text from audit_event e
      where workspace_id = $1 and action like 'event_sink%' order by at`,
    [ada.workspaceId]
  )
  t.same(
    rows.map(({ action }) => action),
    ['event_sink.set', 'event_sink.removed']
  )
  t.notOk(rows.some(({ text }) => text.includes(secret) || text.includes('hidden')))
})
