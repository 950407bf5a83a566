import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createFreshness, watchKeeping } from '../../../src/runs/restate/freshness.ts'

t.test('a result that Restate took too long to keep is late, and one that it had already is not', async (t) => {
  let now = 1_000
  const keeping = (): ReturnType<typeof watchKeeping> => watchKeeping({ lateMs: 5_000, now: () => now })
  const known = keeping()
  const made = keeping()
  t.equal(await made.watch(async () => 'value')(), 'value')
  const failed = keeping()
  await t.rejects(
    failed.watch(async () => {
      throw new Error('no')
    })(),
    { message: 'no' }
  )
  now += 5_000
  t.same([known.isLate(), made.isLate(), failed.isLate()], [false, false, false])
  now += 1
  t.same([known.isLate(), made.isLate(), failed.isLate()], [false, true, true])
})

/** Keeps the event loop busy. */
function stand(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

t.test('after a standstill nothing begins before what came meanwhile was read', async (t) => {
  const freshness = createFreshness({ frozenMs: 60_000, pausedMs: 40, tickMs: 5 })
  t.teardown(() => freshness.close())
  const isFresh = freshness.watch()
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  let isClosed = false
  const server = createServer((request) => {
    request.once('close', () => {
      isClosed = true
    })
    resolve()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.request({ ':method': 'POST' }).on('error', () => {})
  await asked
  await freshness.caughtUp()
  t.equal(freshness.isCaughtUp(), true)
  client.destroy()
  stand(80)
  t.same([freshness.isCaughtUp(), isClosed], [false, false])
  await freshness.caughtUp()
  t.same([freshness.isCaughtUp(), isClosed], [true, true])
  t.equal(isFresh(), true, 'it stood still for short')
})

t.test('a process that stood still for long lets its attempts go, and later ones are fresh', async (t) => {
  const freshness = createFreshness({ frozenMs: 40, pausedMs: 20, tickMs: 5 })
  t.teardown(() => freshness.close())
  const before = freshness.watch()
  stand(60)
  t.same([before(), freshness.watch()()], [false, true])
})
