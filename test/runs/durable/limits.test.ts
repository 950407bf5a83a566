import t from 'tap'
import { testDatabase } from '../../fixtures/database.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import { nextFetch } from '../../../src/runs/durable/fair-share.ts'
import { insertFlow, runOf, startEngine, statusOf, untilEnded } from './fixtures.ts'

t.test("a listener's limit is exact with 8 claiming processes, and all its runs end", async (t) => {
  const { url } = await testDatabase(t)
  let busy = 0
  let most = 0
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const engines = []
  for (let process = 0; process < 8; process++)
    engines.push(await startEngine(t, url, { capacity: 8, recoveryMs: 200 }))
  const { database, clock, engine } = engines[0]!
  const flow = await insertFlow(
    database,
    [{ ask: { call: 'http', with: { method: 'get', endpoint: { uri: `${upstream.url}/json` } } } }],
    { listener: { maxConcurrency: 3 } }
  )
  const runs = Array.from({ length: 60 }, () => runOf(flow, clock))
  const watching = new AbortController()
  const watch = (async () => {
    while (!watching.signal.aborted) {
      const {
        rows: [row]
      } = await database.pool.query<{ busy: number; used: number }>(`select
        (select count(*)::int from live_run where state = 'running') as busy,
         coalesce((select used from listener_slot), 0) as used`)
      busy = Math.max(row?.busy ?? 0, row?.used ?? 0)
      most = Math.max(most, busy)
    }
  })()
  await Promise.all(runs.map((run) => engine.enqueue(run)))
  for (const run of runs) t.equal((await untilEnded(database, run.id, 60_000)).status, 'succeeded')
  watching.abort()
  await watch
  t.ok(most <= 3, `${most} at once`)
  t.ok(most > 0)
  t.same(
    (await database.pool.query('select used from listener_slot')).rows,
    [{ used: 0 }],
    'every place was given back'
  )
})

t.test('runs of a disabled listener wait until it is enabled', async (t) => {
  const { url } = await testDatabase(t)
  const { database, clock, engine } = await startEngine(t, url)
  const flow = await insertFlow(database, [{ answer: { set: { ok: true } } }], { listener: { enabled: false } })
  const run = runOf(flow, clock)
  await engine.enqueue(run)
  await until(async () => (await engine.stats()).blocked === 1, 60_000, 'put aside')
  t.equal(await statusOf(database, run.id), 'queued')
  await database.prisma.listener.update({ where: { id: flow.listenerId }, data: { enabled: true } })
  t.equal((await untilEnded(database, run.id)).status, 'succeeded')
})

t.test('higher priorities start first', async (t) => {
  const { url } = await testDatabase(t)
  const gateway = await startEngine(t, url, { role: 'gateway' })
  const flow = await insertFlow(gateway.database, [{ answer: { set: { ok: true } } }])
  const low = Array.from({ length: 5 }, () => runOf(flow, gateway.clock))
  for (const run of low) await gateway.engine.enqueue(run)
  const high = runOf(flow, gateway.clock, { priority: 10 })
  await gateway.engine.enqueue(high)
  await startEngine(t, url, { capacity: 1 })
  for (const run of [...low, high]) await untilEnded(gateway.database, run.id)
  const order = await gateway.database.prisma.run.findMany({ orderBy: { finishedAt: 'asc' }, select: { id: true } })
  t.equal(order[0]?.id, high.id)
})

t.test('the backlog of one workspace leaves capacity for others', async (t) => {
  t.same(nextFetch([], 8), { limit: 6, otherThan: [] }, 'alone, up to three quarters')
  t.same(nextFetch(['a', 'a', 'a', 'a', 'a'], 8), { limit: 1, otherThan: [] })
  t.same(nextFetch(['a', 'a', 'a', 'a', 'a', 'a'], 8), { limit: 2, otherThan: ['a'] })
  t.same(nextFetch(['a', 'a', 'a', 'a', 'b'], 8), { limit: 3, otherThan: ['a'] }, 'with another, half')
  t.same(nextFetch(['a'], 1), { limit: 0, otherThan: ['a'] }, 'never more than there is')
  t.same(nextFetch([], 1), { limit: 1, otherThan: [] })
})

t.test('a workspace with many queued runs does not delay the runs of another until they are done', async (t) => {
  const { url } = await testDatabase(t)
  const gateway = await startEngine(t, url, { role: 'gateway' })
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const busy = await insertFlow(gateway.database, [
    { ask: { call: 'http', with: { method: 'get', endpoint: { uri: `${upstream.url}/delay` } } } }
  ])
  const quiet = await insertFlow(gateway.database, [{ answer: { set: { ok: true } } }])
  await Promise.all(Array.from({ length: 200 }, () => gateway.engine.enqueue(runOf(busy, gateway.clock))))
  const others = Array.from({ length: 20 }, () => runOf(quiet, gateway.clock))
  await Promise.all(others.map((run) => gateway.engine.enqueue(run)))
  // The calls of the first workspace hang until they are released: without a reserve the second would wait for ever.
  await startEngine(t, url, { capacity: 24 })
  for (const run of others) t.equal((await untilEnded(gateway.database, run.id)).status, 'succeeded')
  upstream.release()
})
