import t from 'tap'
import { testDatabase } from '../../fixtures/database.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import { insertFlow, runOf, startEngine, untilEnded } from './fixtures.ts'

t.test('a queued run is claimed, run and recorded like any other', async (t) => {
  const { url } = await testDatabase(t)
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const { engine, database, clock, warnings } = await startEngine(t, url)
  const flow = await insertFlow(database, [
    { ask: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}/echo` }, body: { n: '${ .body.n }' } } } },
    { answer: { set: { path: '${ .path }' } } }
  ])
  const run = runOf(flow, clock)
  await engine.enqueue(run)
  const ended = await untilEnded(database, run.id)

  t.equal(ended.status, 'succeeded', JSON.stringify(ended))
  t.same(ended.output, { path: '/echo' })
  t.same(ended.steps.map(({ pointer, status }) => [pointer, status]), [['/do/0/ask', 'succeeded'], ['/do/1/answer', 'succeeded']])
  t.equal(upstream.requests.length, 1)
  await until(async () => (await database.pool.query('select from pgboss.job')).rowCount === 0, 5_000, 'the job is gone')
  for (const table of ['live_run', 'run_effect', 'run_step']) t.equal((await database.pool.query(`select from ${table}`)).rowCount, 0, `${table} holds live runs only`)
  t.same(warnings, [])
})
