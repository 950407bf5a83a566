import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('limits of listener calls', async (t) => {
  const { client, clock } = await startSluice(t)
  const owner = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const call = (token: string, at = path) => client.call('GET', at, { as: token })

  await t.test('200 with what is left, 429 with Retry-After at the limit, 200 in the next window', async (t) => {
    const { id, token } = await createToken(t, client, owner, { rateLimit: { limit: 2, windowSeconds: 60 } })
    t.match((await call(token)).headers, { 'ratelimit-policy': '"token";q=2;w=60', ratelimit: '"token";r=1;t=60' })
    t.match((await call(token)).headers, { ratelimit: /r=0/ })
    const refused = await call(token)
    t.match(refused, {
      status: 429,
      json: { code: 'rate_limited' },
      headers: { ratelimit: /"token";r=0;t=\d+/, 'ratelimit-policy': '"token";q=2;w=60', 'retry-after': /^\d+$/ }
    })
    t.ok(Number(refused.headers['retry-after']) <= 60)
    t.match((await client.call('GET', `/v1/tokens/${id}/denials`, { as: owner.session })).json.items, [
      { reason: 'rate_limited', requestId: refused.json.requestId }
    ])
    clock.advance(60_000)
    t.equal((await call(token)).status, 200)
  })

  await t.test('429: exactly so many of many calls at once pass', async (t) => {
    const { token } = await createToken(t, client, owner, {
      format: 'jwt',
      rateLimit: { limit: 7, windowSeconds: 3600 }
    })
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(token)))
    t.equal(answers.filter(({ status }) => status === 200).length, 7)
    t.equal(answers.filter(({ status }) => status === 429).length, 23)
  })

  await t.test('429: a daily quota lasts until 00:00 UTC, beside a rate limit', async (t) => {
    const { token } = await createToken(t, client, owner, {
      dailyQuota: 2,
      rateLimit: { limit: 100, windowSeconds: 60 }
    })
    t.match((await call(token)).headers, {
      'ratelimit-policy': '"token";q=100;w=60, "day";q=2;w=86400',
      ratelimit: /^"token";r=99;t=60, "day";r=1;t=\d+$/
    })
    await call(token)
    const refused = await call(token)
    t.equal(refused.status, 429)
    const untilMidnight = 86_400 - (Math.floor(clock.now() / 1000) % 86_400)
    t.ok(Math.abs(Number(refused.headers['retry-after']) - untilMidnight) <= 2)
    clock.advance(untilMidnight * 1000 + 1000)
    t.equal((await call(token)).status, 200)
  })

  await t.test('a change of the limit holds from the very next call', async (t) => {
    const { id, token } = await createToken(t, client, owner)
    t.equal((await call(token)).headers.ratelimit, undefined)
    await client.call('PATCH', `/v1/tokens/${id}`, {
      as: owner.session,
      body: { rateLimit: { limit: 1, windowSeconds: 60 } }
    })
    t.same([(await call(token)).status, (await call(token)).status], [200, 429])
    await client.call('PATCH', `/v1/tokens/${id}`, {
      as: owner.session,
      body: { rateLimit: null, password: owner.password }
    })
    t.equal((await call(token)).status, 200)
  })

  await t.test("429: a listener's limit is over all who call it; 200 with the problem in compat", async (t) => {
    const strict = await createEchoListener(t, client, owner, { rateLimit: { limit: 2, windowSeconds: 60 } })
    const compat = await createEchoListener(t, client, owner, {
      rateLimit: { limit: 1, windowSeconds: 60 },
      statusMode: 'compat'
    })
    const [first, second] = [await createToken(t, client, owner), await createToken(t, client, owner)]
    t.same(
      [
        (await call(first.token, strict.path)).status,
        (await call(second.token, strict.path)).status,
        (await call(first.token, strict.path)).status
      ],
      [200, 200, 429]
    )
    t.equal((await call(first.token, compat.path)).status, 200)
    t.match(await call(first.token, compat.path), {
      status: 200,
      json: { code: 'rate_limited' },
      headers: { 'retry-after': /^\d+$/ }
    })
  })

  await t.test('401 and 404 count under no limit: others cannot use it up', async (t) => {
    const stranger = await client.signUp()
    const limited = await createEchoListener(t, client, owner, { rateLimit: { limit: 1, windowSeconds: 60 } })
    const foreign = await createToken(t, client, stranger)
    for (let count = 0; count < 3; count++) t.equal((await call(foreign.token, limited.path)).status, 404)
    t.equal((await client.call('GET', limited.path)).status, 401)
    const { token } = await createToken(t, client, owner)
    t.equal((await call(token, limited.path)).status, 200)
  })
})
