import t from 'tap'
import { lookupColumns } from '../../../src/flows/flow.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import { insertFlow, openEngine, runOf, startEngine, untilEnded } from './fixtures.ts'

t.test('a queued run is claimed, run and recorded like any other', async (t) => {
  const { url } = await testDatabase(t)
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const { engine, database, clock, warnings } = await startEngine(t, url)
  const flow = await insertFlow(database, [
    {
      ask: {
        call: 'http',
        with: { method: 'post', endpoint: { uri: `${upstream.url}/echo` }, body: { n: '${ .body.n }' } }
      }
    },
    { answer: { set: { path: '${ .path }' } } }
  ])
  const run = runOf(flow, clock)
  await engine.enqueue(run)
  const ended = await untilEnded(database, run.id)

  t.equal(ended.status, 'succeeded', JSON.stringify(ended))
  t.same(ended.output, { path: '/echo' })
  t.same(
    ended.steps.map(({ pointer, status }) => [pointer, status]),
    [
      ['/do/0/ask', 'succeeded'],
      ['/do/1/answer', 'succeeded']
    ]
  )
  t.equal(upstream.requests.length, 1)
  await until(
    async () => (await database.pool.query('select from pgboss.job')).rowCount === 0,
    60_000,
    'the job is gone'
  )
  for (const table of ['live_run', 'run_effect', 'run_step'])
    t.equal((await database.pool.query(`select from ${table}`)).rowCount, 0, `${table} holds live runs only`)
  // A busy machine can exceed the time limit of a heartbeat, which is retried: that is no fault of the run.
  t.same(
    warnings.filter((text) => !text.startsWith('the durable engine cannot reach the database and retries')),
    []
  )
})

t.test(
  'a run keeps the version that was published when it was accepted, and for a sub-flow the one that it first found',
  async (t) => {
    const { url } = await testDatabase(t)
    const upstream = await startUpstream()
    t.teardown(() => upstream.close())
    const gateway = await startEngine(t, url, { role: 'gateway' })
    const { database, clock } = gateway
    const within = { inner: { run: { workflow: { namespace: 'test', name: 'inner', version: 'latest', input: {} } } } }
    const ask = { ask: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}/delay` } } } }
    const flow = await insertFlow(database, [within, { answer: { set: { inner: '${ .said }', outer: 1 } } }])
    const inner = await insertFlow(database, [ask, { answer: { set: { said: 1 } } }], {
      workspaceId: flow.workspaceId,
      name: 'inner'
    })
    const publish = async (flowId: string, name: string, tasks: object[]): Promise<void> => {
      const document = { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, do: tasks }
      await database.prisma.flowVersion.create({
        data: {
          flowId,
          version: 2,
          name,
          ...lookupColumns(document as never),
          document,
          createdBy: 'test',
          createdAt: new Date()
        }
      })
      await database.prisma.flow.update({ where: { id: flowId }, data: { latestVersion: 2, publishedVersion: 2 } })
    }

    const run = runOf(flow, clock)
    await gateway.engine.enqueue(run)
    await publish(flow.flowId, 'test', [{ answer: { set: { inner: 0, outer: 2 } } }])
    const first = await openEngine(url, { drainMs: 100 })
    t.teardown(() => first.close())
    await upstream.received('/delay')
    await publish(inner.flowId, 'inner', [{ answer: { set: { said: 2 } } }])
    await first.close()
    upstream.release()
    await startEngine(t, url)
    t.same((await untilEnded(database, run.id)).output, { inner: 1, outer: 1 })
  }
)
