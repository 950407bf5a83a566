import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { createRateLimiter } from '../../../src/platform/rate-limits/rate-limiter.ts'
import { listenerRate, type RatePolicy, tokenRate } from '../../../src/platform/rate-limits/policy.ts'
import type { RateLimitResult } from '../../../src/platform/rate-limits/windows.ts'
import { createTestClock, type TestClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'

/** The limits of so many processes on one database. */
async function processes(t: Test, count: number, url?: string, clock: TestClock = createTestClock()) {
  const databaseUrl = url ?? (await testDatabase(t)).url
  const errors: unknown[] = []
  const all = Array.from({ length: count }, () => {
    const database = openDatabase({ url: databaseUrl, poolSize: 2 })
    const rateLimiter = createRateLimiter({ pool: database.pool, clock, onError: (error) => errors.push(error) })
    t.teardown(async () => {
      await rateLimiter.close()
      await database.close()
    })
    // No limit here is strict: the answer is there at once.
    const consume = (policies: readonly RatePolicy[]) => rateLimiter.consume(policies) as RateLimitResult
    return { ...rateLimiter, consume }
  })
  return { all, clock, errors }
}

const policy = tokenRate('tok_a', { limit: 100, windowSeconds: 60 })

t.test(
  'what several processes let through adds up: within a round of sharing of the limit, and never under it',
  async (t) => {
    const { all, clock } = await processes(t, 3)
    let passed = 0
    for (let round = 0; round < 60; round++) {
      for (const rateLimiter of all) if (!rateLimiter.consume([policy]).refusedBy) passed++
      await Promise.all(all.map((rateLimiter) => rateLimiter.share()))
    }
    t.ok(passed >= 100 && passed <= 102, `${passed} of 180 calls passed a limit of 100`)
    clock.advance(60_000)
    for (const rateLimiter of all)
      t.equal(rateLimiter.consume([policy]).refusedBy, undefined, 'the next window is empty everywhere')
  }
)

t.test('a process that starts in the middle of a window joins it', async (t) => {
  const {
    all: [first, second],
    clock
  } = await processes(t, 2)
  for (let count = 0; count < 100; count++) first?.consume([policy])
  await first?.share()
  clock.advance(30_000)
  t.equal(second?.consume([policy]).refusedBy, undefined, 'its first call is not waited for')
  await second?.share()
  const refused = second?.consume([policy]).refusedBy
  t.ok(refused && refused.resetMs <= 30_000, 'and its window ends when the running one does')
})

t.test('a window that ended counts nothing in the one after it, however late it is told', async (t) => {
  const {
    all: [first, second],
    clock
  } = await processes(t, 2)
  for (let count = 0; count < 50; count++) first?.consume([policy])
  clock.advance(61_000)
  second?.consume([policy])
  await second?.share()
  await first?.share()
  second?.consume([policy])
  await second?.share()
  t.equal(second?.consume([policy]).remaining[0]?.remaining, 97)
})

t.test('with the database down each process counts alone, and tells what it counted when that is back', async (t) => {
  const database = await testDatabase(t)
  const proxy = await startTcpProxy(t, database.url)
  const {
    all: [first],
    clock
  } = await processes(t, 1, proxy.url)
  const {
    all: [second]
  } = await processes(t, 1, database.url, clock)
  await proxy.cut()
  for (let count = 0; count < 60; count++) t.equal(first?.consume([policy]).refusedBy, undefined)
  await t.rejects(async () => first?.share())
  await proxy.restore()
  await first?.share()
  second?.consume([policy])
  await second?.share()
  t.equal(second?.consume([policy]).remaining[0]?.remaining, 38)
})

t.test('the first call under a strict limit that nothing counts strictly is told of', async (t) => {
  const database = openDatabase({ url: (await testDatabase(t)).url, poolSize: 1 })
  let told = 0
  const rateLimiter = createRateLimiter({
    pool: database.pool,
    clock: createTestClock(),
    onError: (error) => t.fail(String(error)),
    onNotStrict: () => told++
  })
  t.teardown(async () => {
    await rateLimiter.close()
    await database.close()
  })
  const consume = (policy: RatePolicy): RateLimitResult => rateLimiter.consume([policy]) as RateLimitResult
  consume(policy)
  t.equal(told, 0)
  const strict = listenerRate('lsn_a', { limit: 2, windowSeconds: 60, enforcement: 'strict' })
  t.notOk(consume(strict).refusedBy)
  t.notOk(consume(strict).refusedBy)
  t.ok(consume(strict).refusedBy, 'it is counted like a local one')
  t.equal(told, 1)
})
