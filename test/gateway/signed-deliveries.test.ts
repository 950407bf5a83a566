import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { createSignedDeliveries, trimSignedDeliveries } from '../../src/gateway/signed-deliveries.ts'
import { Fault } from '../../src/lib/fault.ts'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { testDatabase } from '../fixtures/database.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { startEngine } from '../runs/durable/fixtures.ts'

const GONE_WORKER = 2_000_000_000
const OK = { status: 200, headers: {}, body: null }

async function open(t: Test) {
  const { url } = await testDatabase(t)
  const { engine, database, clock } = await startEngine(t, url)
  const make = (workerId: number) =>
    createSignedDeliveries({ pool: database.pool, clock, workers: { ...engine, workerId } })
  const delivery = (...names: string[]) => ({
    listenerId: 'lsn_1',
    keys: names.map((name) => Buffer.from(name)),
    at: undefined,
    keptMs: 60_000,
    timeoutMs: 30_000
  })
  const count = async (): Promise<number> =>
    (await database.pool.query<{ n: number }>('select count(*)::int as n from signed_delivery')).rows[0]?.n ?? 0
  return { database, clock, delivery, count, dead: make(GONE_WORKER), alive: make(engine.workerId) }
}

t.test('a delivery whose process died before it answered may come again', async (t) => {
  const { delivery, dead, alive } = await open(t)
  let started = (): void => {}
  const begun = new Promise<void>((resolve) => {
    started = resolve
  })
  void dead
    .once(delivery('a'), () => {
      started()
      return new Promise(() => {})
    })
    .catch(() => {})
  await begun
  t.equal(await alive.once(delivery('a'), async () => OK), OK)
  await t.rejects(
    alive.once(delivery('a'), async () => OK),
    { code: 'signature_replayed', why: 'replayed_signature' }
  )
})

t.test('a delivery that was answered by a process that has died since is known', async (t) => {
  const { delivery, dead, alive } = await open(t)
  await dead.once(delivery('a'), async () => OK)
  await t.rejects(
    alive.once(delivery('a'), async () => OK),
    { code: 'signature_replayed' }
  )
})

t.test('only 2xx counts; a fault and any other status let it come again', async (t) => {
  const { delivery, alive, count } = await open(t)
  await t.rejects(
    alive.once(delivery('a'), async () => {
      throw new Fault('unavailable')
    }),
    { code: 'unavailable' }
  )
  for (const status of [301, 404, 500])
    t.match(await alive.once(delivery('a'), async () => ({ ...OK, status })), { status })
  t.equal(await count(), 0)
  for (const status of [200, 202, 204]) await alive.once(delivery(`b${status}`), async () => ({ ...OK, status }))
  t.equal(await count(), 3)
})

t.test('one key that was seen is enough, and the others are not kept for it', async (t) => {
  const { delivery, alive, count } = await open(t)
  await alive.once(delivery('a'), async () => OK)
  await t.rejects(
    alive.once(delivery('b', 'a'), async () => OK),
    { code: 'signature_replayed' }
  )
  t.equal(await count(), 1)
  await alive.once(delivery('b', 'c'), async () => OK)
  t.equal(await count(), 3)
})

t.test('kept from the answer on, and from a signed time in the future; then removed', async (t) => {
  const { delivery, alive, count, clock, database } = await open(t)
  const deps = { pool: database.pool, clock }
  t.teardown(clock.stop())
  await alive.once(delivery('now'), async () => OK)
  await alive.once({ ...delivery('later'), at: clock.now() + 50_000 }, async () => OK)
  clock.advance(59_000)
  await trimSignedDeliveries(deps)
  t.equal(await count(), 2)
  clock.advance(2_000)
  t.equal(await alive.once(delivery('now'), async () => OK), OK, 'forgotten, also before it is removed')
  await t.rejects(
    alive.once(delivery('later'), async () => OK),
    { code: 'signature_replayed' }
  )
  clock.advance(61_000)
  await trimSignedDeliveries(deps)
  t.equal(await count(), 0)
})

t.test('a flow that takes longer than a delivery is remembered is not run twice', async (t) => {
  const { delivery, alive, clock } = await open(t)
  let finish = (): void => {}
  let started = (): void => {}
  const hasStarted = new Promise<void>((resolve) => {
    started = resolve
  })
  const first = alive.once({ ...delivery('a'), keptMs: 1_000 }, () => {
    started()
    return new Promise((resolve) => {
      finish = () => resolve(OK)
    })
  })
  await hasStarted
  clock.advance(31_000)
  await t.rejects(
    alive.once({ ...delivery('a'), keptMs: 1_000 }, async () => OK),
    { code: 'signature_replayed' }
  )
  finish()
  t.equal(await first, OK)
})

t.test('two processes at once: one of them runs the flow', async (t) => {
  const sluice = await startSluice(t)
  const { client } = sluice
  const owner = await client.signUp('Ada')
  await client.call('PUT', `/v1/workspaces/${owner.workspaceId}/secrets/hook`, {
    as: owner.session,
    body: { value: 'a secret' }
  })
  const { id, path } = await createEchoListener(t, client, owner, { signature: { preset: 'github', secret: 'hook' } })
  const second = await startSecondProcess(t, sluice)
  for (let n = 0; n < 10; n++) {
    const raw = `delivery ${n}`
    const headers = { 'x-hub-signature-256': `sha256=${createHmac('sha256', 'a secret').update(raw).digest('hex')}` }
    const answers = await Promise.all(
      [client, second.client, client, second.client].map((one) => one.call('POST', path, { raw, headers }))
    )
    t.strictSame(answers.map(({ status }) => status).sort(), [200, 401, 401, 401])
  }
  const { json } = await client.call('GET', `/v1/requests?listenerId=${id}&reason=replayed_signature&limit=100`, {
    as: owner.session
  })
  t.ok(json.items.length > 0)
  // A new secret is in force in the other process at once.
  await client.call('PUT', `/v1/workspaces/${owner.workspaceId}/secrets/hook`, {
    as: owner.session,
    body: { value: 'another secret' }
  })
  const headersBy = (secret: string, raw: string) => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`
  })
  let last = 0
  for (let n = 0; n < 100 && last !== 200; n++) {
    const raw = `changed ${n}`
    last = (await second.client.call('POST', path, { raw, headers: headersBy('another secret', raw) })).status
  }
  t.equal(last, 200)
  t.match(await second.client.call('POST', path, { raw: 'x', headers: headersBy('a secret', 'x') }), {
    status: 401,
    json: { code: 'invalid_signature' }
  })
})
