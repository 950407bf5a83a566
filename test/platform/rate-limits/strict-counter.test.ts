import t from 'tap'
import { listenerRate, tokenRate } from '../../../src/platform/rate-limits/policy.ts'
import { COUNTER_PAUSE_MS, createStrictCounter } from '../../../src/platform/rate-limits/strict-counter.ts'
import { redisIsThere, startRedis } from '../../fixtures/redis.ts'
import { until } from '../../fixtures/until.ts'

const limitOf = (id: string, limit: number, windowSeconds = 60) =>
  listenerRate(id, { limit, windowSeconds, enforcement: 'strict' })

t.test('a counter in Redis', { skip: redisIsThere ? false : 'redis-server is not installed' }, async (t) => {
  const redis = await startRedis(t)
  let now = 0
  const said: string[] = []
  const create = () => {
    const counter = createStrictCounter({
      url: redis.url,
      now: () => now,
      onAway: (error) => said.push(`away: ${String(error)}`),
      onBack: () => said.push('back')
    })
    t.teardown(() => counter.close())
    return counter
  }
  const [first, second] = [create(), create()]
  const connected = async (policy = limitOf('connected', 1_000_000)) => {
    now += COUNTER_PAUSE_MS
    return (await first.consume([policy])) !== undefined && (await second.consume([policy])) !== undefined
  }
  await until(() => connected(), 30_000, 'both are connected')
  said.length = 0

  await t.test('two processes together let through as many calls as the limit says, and none more', async (t) => {
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => (index % 2 ? first : second).consume([limitOf('shared', 10)]))
    )
    t.equal(results.filter((result) => result?.refused === false).length, 10)
    t.equal(results.filter((result) => result?.refused).length, 50)
    const last = results.find((result) => result?.refused)
    t.equal(last?.counts[0]?.used, 10)
    t.ok((last?.counts[0]?.resetMs ?? 0) > 0 && (last?.counts[0]?.resetMs ?? 0) <= 60_000)
  })

  await t.test('a call that one limit refuses is counted under none', async (t) => {
    const [small, large] = [limitOf('small', 1), limitOf('large', 5)]
    t.equal((await first.consume([large, small]))?.refused, false)
    t.match(await first.consume([large, small]), { refused: true, counts: [{ used: 1 }, { used: 1 }] })
  })

  await t.test('a window ends by itself, and the next call starts another', async (t) => {
    const policy = limitOf('short', 1, 1)
    t.equal((await first.consume([policy]))?.refused, false)
    t.equal((await first.consume([policy]))?.refused, true)
    await until(async () => (await first.consume([policy]))?.refused === false, 30_000, 'the next window')
  })

  await t.test('a server that hangs or is gone is left alone for a while, and found again', async (t) => {
    const policy = limitOf('away', 1_000)
    // What was reported while they connected is long ago.
    now += 60_000
    redis.freeze()
    t.equal(await first.consume([policy]), undefined)
    t.notOk(first.isThere())
    t.equal(await first.consume([policy]), undefined, 'without asking')
    t.match(said, [/^away/])
    redis.thaw()
    await until(() => connected(policy), 30_000, 'it is back')
    t.match(said, [/^away/, 'back'])
    t.ok(first.isThere())
    await redis.kill()
    now += COUNTER_PAUSE_MS
    t.equal(await first.consume([policy]), undefined)
    await redis.start()
    await until(() => connected(policy), 30_000, 'it is back after a restart')
    t.notMatch(said.join(), /redis-pass/)
  })
})

t.test('without the strict enforcement a policy is none', async (t) => {
  t.equal(listenerRate('x', { limit: 1, windowSeconds: 1 }).strict, false)
  t.equal(tokenRate('x', { limit: 1, windowSeconds: 1 }).strict, undefined)
})
