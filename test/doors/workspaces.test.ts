import t from 'tap'
import { createDoorMaker } from '../fixtures/doors.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'
import { SENDERS } from '../fixtures/webhook-senders.ts'

// What belongs to one listener or workspace does nothing at another.

const { client, services } = await startSluice(t)
const { make, addFlow, addEcho, createToken } = createDoorMaker(client)
const ada = await client.signUp('Ada')
const bob = await client.signUp('Bob')
const at = `/v1/workspaces/${ada.workspaceId}`
await client.call('PATCH', at, { as: ada.session, body: { slug: 'acme' } })
const WAIT_MS = 60_000
const event = (id: string) => ({ specversion: '1.0', id, source: '/doors', type: 'knock', data: {} })

t.test('401: a signed delivery is right for its listener alone, and by its path as by its id', async (t) => {
  const sender = SENDERS.find(({ preset }) => preset === 'standard-webhooks')
  if (!sender) throw new Error('no such sender')
  const [mine, another] = sender.secrets
  for (const [name, value] of Object.entries({ mine, another }))
    await client.call('PUT', `${at}/secrets/${name}`, { as: ada.session, body: { value } })
  const signedBy = (secret: string, path: string) =>
    addEcho(ada, { path, signature: { preset: 'standard-webhooks', secret } })
  const unsigned = await addEcho(ada, {})
  const [hook, neighbour] = [await signedBy('mine', 'hook'), await signedBy('another', 'neighbour')]
  const post = async (path: string) =>
    client.call('POST', path, { raw: '{}', headers: await sender.headers('{}', mine, Date.now()) })
  t.equal((await post(hook)).status, 200)
  t.equal((await post('/v1/call/acme/hook')).status, 200)
  for (const path of [neighbour, '/v1/call/acme/neighbour'])
    t.match(await post(path), { status: 401, json: { code: 'invalid_signature' } }, path)
  for (const path of [unsigned, '/v1/call/acme/absent', '/v1/call/other/hook', `${hook}0`])
    t.match(await post(path), { status: 401, json: { code: 'unauthenticated' } }, path)
})

t.test('events of one workspace start no flow, end no wait and reach no sink or stream of another', async (t) => {
  const { prisma } = services.database
  const on = { schedule: { on: { one: { with: { type: 'knock' } } } } }
  const hear = { hear: { listen: { to: { one: { with: { type: 'knock' } } } }, timeout: { after: 'PT1H' } } }
  const [adas, bobsFlow] = [
    await addFlow(ada, [{ answer: { set: { done: true } } }], on),
    await addFlow(bob, [{ answer: { set: { done: true } } }], on)
  ]
  const waits = await make(bob, 'listeners', { name: 'waits', mode: 'async', flowId: await addFlow(bob, [hear]) })
  const { json: waiting } = await client.call('GET', `/v1/dynamic/listener/${waits.id}`, {
    as: (await createToken(bob)).token
  })
  const { runId } = waiting
  const statusOf = async () => (await prisma.run.findUniqueOrThrow({ where: { id: runId } })).status
  // The wait is marked first, then the engine moves the time to wake to now and takes the mark away.
  const asleep = async () => ({
    waits: await prisma.eventWait.findMany({ where: { runId }, select: { due: true } }),
    live: await prisma.liveRun.findUnique({ where: { runId }, select: { state: true, epoch: true, wakeAt: true } })
  })
  await until(async () => (await statusOf()) === 'waiting', WAIT_MS, 'it waits')
  const before = await asleep()
  t.same(before.waits, [{ due: false }])
  const sink = await make(bob, 'sinks', { url: 'https://hooks.example.com/' })

  t.same((await client.call('POST', `${at}/inbox`, { as: ada.session, body: event('isolated') })).json, {
    accepted: 1,
    duplicates: 0
  })
  const tells = await addFlow(ada, [{ tell: { emit: { event: { with: { type: 'knock' } } } } }])
  const { id: telling } = await make(ada, 'listeners', { name: 'tells', flowId: tells, respond: 'stream' })
  const streamed = await client.call('GET', `/v1/dynamic/listener/${telling}`, { as: ada })
  t.match(streamed.text, /^event: knock\n/)
  await services.router?.run()
  t.ok((await prisma.run.count({ where: { flowId: adas } })) === 2, 'what came and what was emitted')
  t.equal(await prisma.run.count({ where: { flowId: bobsFlow } }), 0)
  t.equal(await statusOf(), 'waiting')
  t.same(await asleep(), before, 'his wait goes on')
  t.equal(await prisma.eventDelivery.count({ where: { sinkId: sink.id } }), 0)
  t.same((await client.call('GET', `/v1/workspaces/${bob.workspaceId}/events`, { as: bob.session })).json.items, [])
  // The same source and id is another event there.
  const same = await client.call('POST', `/v1/workspaces/${bob.workspaceId}/inbox`, {
    as: bob.session,
    body: event('isolated')
  })
  t.same(same.json, { accepted: 1, duplicates: 0 })
  await services.router?.run()
  t.equal(await prisma.run.count({ where: { flowId: bobsFlow } }), 1, 'it starts his flow')
  await until(async () => (await statusOf()) === 'succeeded', WAIT_MS, 'it ends his wait')
})
