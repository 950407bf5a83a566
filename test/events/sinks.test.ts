import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { adoptDeliveries } from '../../src/events/adopt.ts'
import { DELIVERY_LIMITS } from '../../src/events/deliver.ts'
import { SINKS_MAX } from '../../src/events/sinks/sink.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { startSinkServer } from '../fixtures/sink-server.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { url: base, statuses, deliveredTo, hangUp } = await startSinkServer(t)
const idsAt = (path: string) => deliveredTo(path).map(({ body }) => JSON.parse(body).id as string)

const { client, services, clock } = await startSluice(t, { egressAllow: [new URL(base).host] })
const { pool } = services.database

/** An account with a workspace of its own. */
async function newWorkspace() {
  const owner = await client.signUp('Ada')
  const at = `/v1/workspaces/${owner.workspaceId}`
  const call = (method: string, path: string, body?: unknown) =>
    client.call(method, at + path, { as: owner.session, ...(body === undefined ? {} : { body }) })
  return {
    ...owner,
    call,
    events: async () => (await call('GET', '/events')).json.items,
    async sink(path: string, more: object = {}) {
      const answer = await call('POST', '/sinks', { url: base + path, ...more })
      if (answer.status !== 201) throw new Error(answer.text)
      return answer.json as { id: string; secret: string }
    },
    emit: (id: string, type = 'test') =>
      services.emit(
        owner.workspaceId,
        { specversion: '1.0', id, source: '/test', type, time: '2026-11-28T00:00:00Z' },
        `${owner.workspaceId}/${id}`
      )
  }
}
const deliver = async () => services.deliveries?.run()

t.test('201: each sink has a secret of its own, shown once; lists and single sinks are without it', async (t) => {
  const ada = await newWorkspace()
  const made = await ada.call('POST', '/sinks', { url: `${base}/a`, types: ['order.*'] })
  t.equal(made.status, 201, made.text)
  t.equal(made.headers['cache-control'], 'no-store')
  t.match(made.json, { id: /^snk_/, url: `${base}/a`, types: ['order.*'], enabled: true, createdAt: String })
  t.match(made.json.secret, /^whsec_/)
  const second = await ada.sink('/b')
  t.not(second.secret, made.json.secret)
  const list = await ada.call('GET', '/sinks')
  t.same(
    list.json.items.map(({ id }: { id: string }) => id),
    [second.id, made.json.id],
    'newest first'
  )
  t.notMatch(list.text, /whsec_|secret/)
  const { secret: _secret, ...rest } = made.json
  t.same((await ada.call('GET', `/sinks/${made.json.id}`)).json, rest)
  t.equal((await ada.call('GET', '/event-sink')).json.id, made.json.id, '/event-sink is the first')
})

t.test('400: a filter, a URL or a field that is wrong; 409: more sinks than a workspace has', async (t) => {
  const ada = await newWorkspace()
  for (const [body, pointer] of [
    [{ url: `${base}/x`, types: ['order*'] }, '/types/0'],
    [{ url: `${base}/x`, types: ['*.order'] }, '/types/0'],
    [{ url: `${base}/x`, types: ['a b'] }, '/types/0'],
    [{ url: `${base}/x`, types: ['a\u0000'] }, '/types/0'],
    [{ url: `${base}/x`, types: ['a', 'a'] }, '/types'],
    [{ url: 'http://169.254.169.254/' }, '/url'],
    [{ url: `${base}/x`, enabled: 'no' }, '/enabled'],
    [{ types: ['a'] }, '/url']
  ] as const) {
    const refused = await ada.call('POST', '/sinks', body)
    t.equal(refused.status, 400, JSON.stringify(body))
    t.equal(refused.json.errors?.[0]?.pointer, pointer, refused.text)
  }
  t.equal((await ada.call('POST', '/sinks', { url: `${base}/x`, secret: 'mine' })).status, 400)
  const answers = await Promise.all(
    Array.from({ length: SINKS_MAX + 2 }, (_, index) => ada.call('POST', '/sinks', { url: `${base}/${index}` }))
  )
  t.equal(answers.filter(({ status }) => status === 201).length, SINKS_MAX)
  t.ok(answers.every(({ status }) => status === 201 || status === 409))
})

t.test('a sink receives the types that it names, and one without types receives all', async (t) => {
  const ada = await newWorkspace()
  await ada.sink('/all')
  await ada.sink('/star', { types: ['*'] })
  await ada.sink('/exact', { types: ['order.placed', 'order'] })
  await ada.sink('/prefix', { types: ['order.*', 'x_y.*'] })
  await ada.sink('/off', { enabled: false })
  const types = ['order', 'order.placed', 'order.placed.late', 'orders.placed', 'xzy.a', 'x_y.a']
  for (const type of types) await ada.emit(type, type)
  await deliver()
  t.same(idsAt('/all').sort(), types.toSorted())
  t.same(idsAt('/star').sort(), types.toSorted())
  t.same(idsAt('/exact').sort(), ['order', 'order.placed'])
  t.same(idsAt('/prefix').sort(), ['order.placed', 'order.placed.late', 'x_y.a'])
  t.same(idsAt('/off'), [])
  const late = (await ada.events()).find(({ event }: { event: { id: string } }) => event.id === 'order')
  t.equal(late.deliveries.length, 3, 'one for each sink that takes it')
})

t.test('a sink that fails or hangs delays no other, and each delivery has a state of its own', async (t) => {
  const ada = await newWorkspace()
  const dead = await ada.sink('/dead')
  const good = await ada.sink('/good')
  const hanging = await ada.sink('/hang')
  statuses.set('/dead', 500)
  const ids = Array.from({ length: 10 }, (_, index) => `e${index}`)
  for (const id of ids) await ada.emit(id)
  await until(async () => idsAt('/good').length === ids.length, 60_000, 'the good sink has all')
  t.ok(deliveredTo('/hang').length <= DELIVERY_LIMITS.sinkConcurrency)
  t.equal((await ada.call('DELETE', `/sinks/${hanging.id}`)).status, 204)
  hangUp()
  await deliver()
  const [item] = await ada.events()
  const stateOf = (sinkId: string) => item.deliveries.find((one: { sinkId: string }) => one.sinkId === sinkId)
  t.match(stateOf(good.id), { status: 'delivered', attempts: 1, failure: null })
  // The time until the second attempt is random, and may be over.
  t.match(stateOf(dead.id), { status: 'pending', failure: 'it was answered with status 500' })
  t.ok(stateOf(dead.id).attempts >= 1)
  t.match(stateOf(hanging.id), { status: 'failed', failure: 'the sink was removed' })
  t.equal(item.delivery.status, 'pending', 'together')
  await ada.call('PATCH', `/sinks/${dead.id}`, { enabled: false })
  const [after] = await ada.events()
  t.match(
    after.deliveries.find(({ sinkId }: { sinkId: string }) => sinkId === dead.id),
    { status: 'failed', failure: 'the sink was switched off' }
  )
})

t.test(
  '201: after a rotation both secrets sign until the overlap ends, as the library of the standard has it',
  async (t) => {
    const ada = await newWorkspace()
    const { id, secret: old } = await ada.sink('/rotated')
    const verifies = (secret: string) => {
      const { body, headers } = deliveredTo('/rotated').at(-1)!
      try {
        // The library compares with the time of this machine, and the clock of the test stands elsewhere.
        new Webhook(secret).verify(body, headers as Record<string, string>)
        return true
      } catch {
        return false
      }
    }
    clock.advance(Date.now() - clock.now())
    await ada.emit('before')
    await deliver()
    t.ok(verifies(old))
    const rotatedAt = clock.now()
    const rotated = await ada.call('POST', `/sinks/${id}/secret/rotate`, { overlapSeconds: 60 })
    t.equal(rotated.status, 201, rotated.text)
    t.equal(rotated.headers['cache-control'], 'no-store')
    t.match(rotated.json.secret, /^whsec_/)
    const overlapEndsAt = Date.parse(rotated.json.overlapEndsAt)
    t.ok(overlapEndsAt >= rotatedAt + 60_000 && overlapEndsAt <= clock.now() + 60_000)
    await ada.emit('during')
    await deliver()
    t.ok(verifies(old), 'the old secret')
    t.ok(verifies(rotated.json.secret), 'the new secret')
    t.equal(String(deliveredTo('/rotated').at(-1)?.headers['webhook-signature']).split(' ').length, 2)
    clock.advance(60_000)
    await ada.emit('after')
    await deliver()
    t.notOk(verifies(old), 'the overlap has ended')
    t.ok(verifies(rotated.json.secret))
    const atOnce = await ada.call('POST', `/sinks/${id}/secret/rotate`, { overlapSeconds: 0 })
    t.match(atOnce.json, { overlapEndsAt: null })
    await ada.emit('at once')
    await deliver()
    t.notOk(verifies(rotated.json.secret))
    t.ok(verifies(atOnce.json.secret))
    t.equal((await ada.call('POST', `/sinks/${id}/secret/rotate`, { overlapSeconds: -1 })).status, 400)
  }
)

t.test('202: an event is sent again with its id to every sink that takes it, with all its attempts', async (t) => {
  const ada = await newWorkspace()
  await ada.sink('/again')
  await ada.emit('again')
  await deliver()
  const [{ id }] = await ada.events()
  await ada.sink('/newer')
  await ada.sink('/other', { types: ['other'] })
  const again = await client.call('POST', `/v1/events/${id}/redeliver`, { as: ada.session })
  t.equal(again.status, 202, again.text)
  t.match(again.json, { id, delivery: { status: 'pending' } })
  await deliver()
  t.equal(deliveredTo('/again').length, 2)
  t.equal(deliveredTo('/newer').length, 1)
  t.equal(deliveredTo('/other').length, 0)
  t.same(
    new Set([...deliveredTo('/again'), ...deliveredTo('/newer')].map(({ headers }) => headers['webhook-id'])),
    new Set([id])
  )
  statuses.set('/again', 500)
  const { token } = await createManagementToken(client, ada, ['events:write'])
  t.equal((await client.call('POST', `/v1/events/${id}/redeliver`, { as: token })).status, 202)
  await deliver()
  clock.advance(6_500)
  await deliver()
  const failing = (await ada.events())[0].deliveries.find(({ attempts }: { attempts: number }) => attempts === 4)
  t.match(failing, { status: 'pending', failure: 'it was answered with status 500' }, 'the second try after 5 s')
  const eve = await newWorkspace()
  t.equal((await client.call('POST', `/v1/events/${id}/redeliver`, { as: eve.session })).status, 404)
})

t.test('409: an event that no sink takes is not sent again', async (t) => {
  const ada = await newWorkspace()
  await ada.sink('/none', { types: ['other'] })
  await ada.emit('none')
  const [{ id }] = await ada.events()
  const refused = await client.call('POST', `/v1/events/${id}/redeliver`, { as: ada.session })
  t.equal(refused.status, 409)
  t.match(refused.json.detail, /No sink/)
})

t.test('/event-sink stands for the oldest sink: PUT changes it in its place, DELETE removes it', async (t) => {
  const ada = await newWorkspace()
  const first = (await ada.call('PUT', '/event-sink', { url: `${base}/first` })).json
  const second = await ada.sink('/second')
  const changed = (await ada.call('PUT', '/event-sink', { url: `${base}/changed` })).json
  t.match(changed, { id: first.id, url: `${base}/changed` })
  t.not(changed.secret, first.secret)
  t.equal((await ada.call('DELETE', '/event-sink')).status, 204)
  t.equal((await ada.call('GET', '/event-sink')).json.id, second.id)
  t.equal((await ada.call('DELETE', '/event-sink')).status, 204)
  t.equal((await ada.call('GET', '/event-sink')).status, 404)
})

t.test('what a process of an earlier version left in the event itself is delivered', async (t) => {
  const ada = await newWorkspace()
  const { id: sinkId } = await ada.sink('/adopted')
  await pool.query(
    `insert into outbox_event (id, workspace_id, effect_key, event, created_at, next_attempt_at, attempts)
     values ('evt_earlier', $1, 'earlier', '{"id":"earlier","type":"t"}', $2, $2, 2)`,
    [ada.workspaceId, new Date(clock.now())]
  )
  await adoptDeliveries({ pool, clock })
  await adoptDeliveries({ pool, clock })
  await deliver()
  t.same(idsAt('/adopted'), ['earlier'])
  t.match((await ada.events())[0].deliveries, [{ sinkId, status: 'delivered', attempts: 3 }])
})

t.test('audit: changes of a sink, its secret and events that are sent again have lines, without secrets', async (t) => {
  const ada = await newWorkspace()
  const { id, secret } = await ada.sink('/audited?key=hidden')
  await ada.call('PATCH', `/sinks/${id}`, { types: ['a.*'] })
  const rotated = await ada.call('POST', `/sinks/${id}/secret/rotate`, { overlapSeconds: 10 })
  await ada.emit('a', 'a.b')
  const [{ id: eventId }] = await ada.events()
  await client.call('POST', `/v1/events/${eventId}/redeliver`, { as: ada.session })
  await ada.call('DELETE', `/sinks/${id}`)
  const { rows } = await pool.query<{ action: string; target: string; text: string }>(
    `select action, target, row_to_json(e)::text as text from audit_event e
      where workspace_id = $1 and action like 'event%' order by at, action`,
    [ada.workspaceId]
  )
  t.same(rows.map(({ action }) => action).sort(), [
    'event.redelivered',
    'event_sink.removed',
    'event_sink.secret_rotated',
    'event_sink.set',
    'event_sink.updated'
  ])
  for (const { text } of rows)
    for (const hidden of [secret, rotated.json.secret, 'hidden']) t.notOk(text.includes(hidden))
})
