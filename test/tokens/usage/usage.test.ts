import t from 'tap'
import { readUsage } from '../../../src/tokens/usage/read.ts'
import { trimUsage } from '../../../src/tokens/usage/retention.ts'
import { createTickingClock } from '../../fixtures/clock.ts'
import { createEchoListener, createToken } from '../../fixtures/echo-listener.ts'
import { startSluice } from '../../fixtures/sluice.ts'

const DAY_MS = 24 * 60 * 60 * 1000

t.test('usage and denials', async (t) => {
  const { client, clock, services } = await startSluice(t, { trustProxy: ['127.0.0.1'] })
  const owner = await client.signUp()
  const stranger = await client.signUp()
  const here = await createEchoListener(t, client, owner)
  const elsewhere = await createEchoListener(t, client, owner)
  const call = (token: string, path = here.path, ip = '192.0.2.1') =>
    client.call('GET', path, {
      headers: [
        ['Authorization', `Bearer ${token}`],
        ['X-Forwarded-For', ip]
      ]
    })
  const usageOf = async (id: string) => (await client.call('GET', `/v1/tokens/${id}/usage`, { as: owner.session })).json
  const denialsOf = async (id: string, query = '') =>
    (await client.call('GET', `/v1/tokens/${id}/denials${query}`, { as: owner.session })).json

  await t.test('calls are counted by day and outcome, with last use and addresses', async (t) => {
    const { id, token } = await createToken(t, client, owner, { rateLimit: { limit: 3, windowSeconds: 60 } })
    t.same(await usageOf(id), { lastUsedAt: null, days: [], addresses: [], addressCount: 0 })
    for (const ip of ['192.0.2.1', '192.0.2.1', '2001:db8::7', '192.0.2.9']) await call(token, here.path, ip)
    const today = new Date(clock.now()).toISOString().slice(0, 10)
    t.match(await usageOf(id), {
      lastUsedAt: String,
      days: [{ day: today, calls: 4, outcomes: { answered: 3, rate_limited: 1 } }],
      addresses: [
        { ip: '2001:db8::7', calls: 1 },
        { ip: '192.0.2.1', calls: 2 }
      ],
      addressCount: 2
    })
    clock.advance(DAY_MS)
    for (const person of [owner, stranger]) await client.signIn(person)
    await call(token)
    t.same(
      (await usageOf(id)).days.map(({ calls }: { calls: number }) => calls),
      [1, 4]
    )
    t.same((await client.call('GET', `/v1/tokens/${id}/usage?days=1`, { as: owner.session })).json.days.length, 1)
    const account = { id: owner.id, role: 'user' } as const
    const { days } = await readUsage({ ...services, clock: createTickingClock(clock.now()) }, account, id, 1)
    t.equal(days.length, 1, 'today only, however often the clock is read')
  })

  await t.test('each denial has its reason, listener, address and the request id that the caller got', async (t) => {
    const made = {
      expired: await createToken(t, client, owner, { days: 1 }),
      revoked: await createToken(t, client, owner, { format: 'jwt' }),
      ip_not_allowed: await createToken(t, client, owner, { allowedIps: ['10.0.0.1'] }),
      listener_not_in_scope: await createToken(t, client, owner, { scope: { listeners: [elsewhere.id] } })
    }
    await client.call('DELETE', `/v1/tokens/${made.revoked.id}`, { as: owner.session })
    clock.advance(DAY_MS)
    for (const person of [owner, stranger]) await client.signIn(person)
    for (const [reason, { id, token }] of Object.entries(made)) {
      const refused = await call(token, here.path, '10.0.0.10')
      t.match(refused.status, reason === 'listener_not_in_scope' ? 404 : 401)
      const { items } = await denialsOf(id)
      t.equal(items.length, 1, reason)
      t.match(items[0], { reason, listenerId: here.id, ip: '10.0.0.10', requestId: refused.json.requestId, at: String })
      t.notMatch(refused.text, reason, 'the caller does not get the reason')
    }
  })

  await t.test('200: a disabled listener and a rejected method are denials; a failed flow is not', async (t) => {
    const { id, token } = await createToken(t, client, owner)
    const off = await createEchoListener(t, client, owner, { enabled: false })
    const posts = await createEchoListener(t, client, owner, { methods: ['POST'] })
    await call(token, off.path)
    await call(token, posts.path)
    t.same(
      (await denialsOf(id)).items.map(({ reason }: { reason: string }) => reason),
      ['method_not_allowed', 'listener_disabled']
    )
  })

  await t.test("404: another account's token looks like an absent one", async (t) => {
    const { id } = await createToken(t, client, owner)
    for (const what of ['usage', 'denials']) {
      const foreign = await client.call('GET', `/v1/tokens/${id}/${what}`, { as: stranger.session })
      const absent = await client.call('GET', `/v1/tokens/tok_0000000000000000000000/${what}`, { as: stranger.session })
      t.same([foreign.status, { ...foreign.json, requestId: '' }], [404, { ...absent.json, requestId: '' }])
    }
  })

  await t.test('a flood is counted in full and listed in part, in pages', async (t) => {
    const { id, token } = await createToken(t, client, owner)
    await client.call('DELETE', `/v1/tokens/${id}`, { as: owner.session })
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 20 }, () => call(token)))
    const usage = await usageOf(id)
    t.equal(usage.days[0].outcomes.invalid_token, 200)
    t.equal(usage.addressCount, 0, 'addresses of denied calls are in the denials only')
    const first = await denialsOf(id, '?limit=30')
    const second = await denialsOf(id, `?limit=30&cursor=${first.nextCursor}`)
    const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id)
    t.ok(ids.length >= 50 && new Set(ids).size === ids.length, `${ids.length} distinct denials`)
  })

  await t.test('usage that is too old or too much is deleted, and the newest stays', async (t) => {
    const { id } = await createToken(t, client, owner)
    const { pool } = services.database
    const now = new Date(clock.now())
    await pool.query(
      `insert into token_address (token_id, ip, calls, last_at)
       select $1, 'ip' || n, 1, $2::timestamptz - n * interval '1 second' from generate_series(1, 150) n`,
      [id, now]
    )
    await pool.query(
      `insert into rate_window (key, started_at, ends_at, calls)
       values ('old', $1::timestamptz - interval '3 days', $1::timestamptz - interval '2 days', 1), ('new', $1, $1, 1)`,
      [now]
    )
    await trimUsage({ pool, clock })
    t.same((await pool.query(`select count(*)::int as n from token_address where token_id = $1`, [id])).rows, [
      { n: 100 }
    ])
    t.equal(
      (await pool.query(`select 1 from token_address where token_id = $1 and ip in ('ip1', 'ip150')`, [id])).rowCount,
      1
    )
    t.equal((await pool.query(`select 1 from rate_window where key = 'old'`)).rowCount, 0)
  })
})
