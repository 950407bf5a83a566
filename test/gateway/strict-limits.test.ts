import t from 'tap'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { redisIsThere, startRedis } from '../fixtures/redis.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

t.test('two gateways with REDIS_URL', { skip: redisIsThere ? false : 'redis-server is not installed' }, async (t) => {
  const redis = await startRedis(t)
  const first = await startSluice(t, { redisUrl: redis.url })
  const second = await startSluice(t, { redisUrl: redis.url, databaseUrl: first.databaseUrl })
  const { client } = first
  const ada = await client.signUp('Ada')
  const limited = async (enforcement: string, limit: number) => {
    const rateLimit = { limit, windowSeconds: 3600, enforcement }
    const { id, path } = await createEchoListener(t, client, ada, { rateLimit })
    t.same((await client.call('GET', `/v1/listeners/${id}`, { as: ada.session })).json.rateLimit, rateLimit)
    return path
  }
  const warm = await limited('strict', 1_000)
  await until(
    async () => {
      for (const { client } of [first, second]) await client.call('GET', warm, { as: ada })
      return [first, second].every(({ services }) => services.strictLimits?.isThere())
    },
    60_000,
    'both count in Redis'
  )

  await t.test('429: a strict limit holds exactly over both, with the headers of a limit', async (t) => {
    const path = await limited('strict', 10)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? first : second).client.call('GET', path, { as: ada }))
    )
    t.equal(answers.filter(({ status }) => status === 200).length, 10)
    const refused = answers.filter(({ status }) => status === 429)
    t.equal(refused.length, 30)
    t.match(refused[0]?.headers, {
      'retry-after': /^\d+$/,
      ratelimit: /^"listener";r=0;t=\d+$/,
      'ratelimit-policy': '"listener";q=10;w=3600'
    })
  })

  await t.test(
    'while Redis is away, calls are answered and counted as local limits are, and the log says so',
    async (t) => {
      const path = await limited('strict', 5)
      for (let call = 0; call < 3; call++) await first.client.call('GET', path, { as: ada })
      await redis.kill()
      const statuses = []
      for (let call = 0; call < 5; call++) statuses.push((await first.client.call('GET', path, { as: ada })).status)
      t.same(statuses, [200, 200, 429, 429, 429], 'with what was counted before')
      t.match(first.logged(), /REDIS_URL does not answer/)
      t.notMatch(first.logged(), /redis-pass/)
    }
  )
})

t.test('400: an enforcement that is none; without REDIS_URL a strict limit is counted as a local one', async (t) => {
  const { client } = await startSluice(t)
  const ada = await client.signUp('Ada')
  const { id, path } = await createEchoListener(t, client, ada, {
    rateLimit: { limit: 1, windowSeconds: 60, enforcement: 'strict' }
  })
  t.equal((await client.call('GET', path, { as: ada })).status, 200)
  t.equal((await client.call('GET', path, { as: ada })).status, 429)
  const refused = await client.call('PATCH', `/v1/listeners/${id}`, {
    as: ada.session,
    body: { rateLimit: { limit: 1, windowSeconds: 60, enforcement: 'exact' } }
  })
  t.equal(refused.status, 400)
  t.equal(refused.json.errors[0].pointer, '/rateLimit/enforcement')
})
