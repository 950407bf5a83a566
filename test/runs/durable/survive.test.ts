import t from 'tap'
import { createTestClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startUpstream, type Upstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import {
  calls,
  insertFlow,
  openEngine,
  post,
  runOf,
  startEngine,
  statusOf,
  untilEnded,
  type TestEngine
} from './fixtures.ts'
import { startWorkerProcess } from './worker-process.ts'

type Tap = Parameters<typeof startEngine>[0]

/** A gateway that only queues, and an upstream that keeps `/delay` waiting. */
async function scene(t: Tap): Promise<{ url: string; upstream: Upstream; gateway: TestEngine }> {
  const { url } = await testDatabase(t)
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  return { url, upstream, gateway: await startEngine(t, url, { role: 'gateway' }) }
}

/** Kills the process once the run has reached `/delay`, and lets another one continue the run. */
async function killAtDelay(
  t: Tap,
  { url, upstream, gateway }: Awaited<ReturnType<typeof scene>>,
  tasks: object[],
  arrange: (workspaceId: string) => Promise<void> = async () => {}
) {
  const flow = await insertFlow(gateway.database, tasks)
  await arrange(flow.workspaceId)
  const run = runOf(flow, gateway.clock)
  await gateway.engine.enqueue(run)
  const victim = await startWorkerProcess(t, url)
  await upstream.received('/delay')
  await victim.kill()
  upstream.release()
  const heir = await startEngine(t, url)
  const ended = await untilEnded(heir.database, run.id)
  return { ended, heir }
}

t.test(
  'a process is killed: another continues its run after the last finished task, and repeats its call with the same key',
  async (t) => {
    const parts = await scene(t)
    const { ended, heir } = await killAtDelay(t, parts, [
      post(parts.upstream, '/echo/1', 'one'),
      post(parts.upstream, '/delay', 'two'),
      post(parts.upstream, '/echo/3', 'three')
    ])
    t.equal(ended.status, 'succeeded', JSON.stringify(ended))
    t.same(calls(parts.upstream), {
      '/echo/1': { count: 1, keys: 1 },
      '/delay': { count: 2, keys: 1 },
      '/echo/3': { count: 1, keys: 1 }
    })
    t.same(
      ended.steps.map(({ pointer }) => pointer),
      ['/do/0/one', '/do/1/two', '/do/2/three']
    )
    t.equal((await heir.engine.stats()).resumed, 1)
  }
)

t.test('in a loop: finished iterations are not repeated', async (t) => {
  const parts = await scene(t)
  const { upstream } = parts
  const { ended } = await killAtDelay(t, parts, [
    {
      each: {
        for: { each: 'n', in: '${ [range(6)] }' },
        do: [
          { choose: { switch: [{ slow: { when: '${ $n == 3 }', then: 'wait' } }, { other: { then: 'quick' } }] } },
          { ...post(upstream, '/delay', 'wait') },
          { ...post(upstream, '/echo', 'quick', { n: '${ $n }' }) }
        ]
      }
    }
  ])
  t.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
  t.same(calls(upstream), { '/echo': { count: 6, keys: 6 }, '/delay': { count: 2, keys: 1 } })
})

t.test('in a fork: a finished branch is not repeated', async (t) => {
  const parts = await scene(t)
  const { upstream } = parts
  const { ended } = await killAtDelay(t, parts, [
    {
      both: {
        fork: {
          branches: [
            { quick: { do: [post(upstream, '/echo/quick', 'a')] } },
            { slow: { do: [post(upstream, '/echo/before', 'b'), post(upstream, '/delay', 'c')] } }
          ]
        }
      }
    }
  ])
  t.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
  t.match(calls(upstream), { '/echo/before': { count: 1 }, '/delay': { count: 2, keys: 1 } })
  t.equal(calls(upstream)['/echo/quick']?.keys, 1)
})

t.test('in a sub-flow: finished tasks are not repeated', async (t) => {
  const parts = await scene(t)
  const { upstream, gateway } = parts
  const { ended } = await killAtDelay(
    t,
    parts,
    [
      { inner: { run: { workflow: { namespace: 'test', name: 'inner', version: 'latest', input: {} } } } },
      { answer: { set: { ok: true } } }
    ],
    async (workspaceId) => {
      await insertFlow(gateway.database, [post(upstream, '/echo/inner', 'a'), post(upstream, '/delay', 'b')], {
        workspaceId,
        name: 'inner'
      })
    }
  )
  t.same(ended.output, { ok: true }, JSON.stringify(ended.error))
  t.same(calls(upstream), { '/echo/inner': { count: 1, keys: 1 }, '/delay': { count: 2, keys: 1 } })
})

t.test(
  'in the delay of a retry and in a wait: the run leaves the memory, and continues when its time has come',
  async (t) => {
    const { url, upstream, gateway } = await scene(t)
    const clock = createTestClock()
    clock.stop()
    const first = await openEngine(url, { clock })
    t.teardown(() => first.close())
    const flow = await insertFlow(gateway.database, [
      {
        fragile: {
          try: [post(upstream, '/status/503', 'ask')],
          catch: {
            errors: { with: { status: 503 } },
            retry: { delay: { hours: 1 }, limit: { attempt: { count: 1 } } },
            do: [{ note: { set: { failed: true } } }]
          }
        }
      },
      { rest: { wait: { days: 2 } } },
      post(upstream, '/echo/after', 'last')
    ])
    const run = runOf(flow, clock)
    await gateway.engine.enqueue(run)
    await until(async () => (await statusOf(gateway.database, run.id)) === 'waiting', 60_000, 'suspended in the retry')
    await first.close()

    const second = await startEngine(t, url, { clock })
    clock.advance(60 * 60_000 - 5_000)
    t.equal((await second.engine.stats()).waiting, 1)
    clock.advance(5_000)
    await until(async () => calls(upstream)['/status/503']?.count === 2, 60_000, 'the second attempt')
    await until(async () => (await statusOf(gateway.database, run.id)) === 'waiting', 60_000, 'suspended in the wait')
    clock.advance(2 * 24 * 60 * 60_000)
    t.equal((await untilEnded(second.database, run.id)).status, 'succeeded')
    t.match(calls(upstream), { '/status/503': { count: 2, keys: 2 }, '/echo/after': { count: 1 } })
  }
)

t.test('a timeout around a long wait ends it on time, although the run is suspended', async (t) => {
  const { url, gateway } = await scene(t)
  const worker = await startEngine(t, url)
  const flow = await insertFlow(gateway.database, [
    { rest: { wait: { hours: 5 }, timeout: { after: { minutes: 10 } } } }
  ])
  const run = runOf(flow, worker.clock)
  await gateway.engine.enqueue(run)
  await until(async () => (await statusOf(gateway.database, run.id)) === 'waiting', 60_000, 'suspended')
  worker.clock.advance(10 * 60_000)
  const ended = await untilEnded(worker.database, run.id)
  t.equal(ended.status, 'failed')
  t.match(ended.error, { status: 408 })
})

t.test('a timeout beyond the limit of a timer ends a longer wait on time', async (t) => {
  const { url, gateway } = await scene(t)
  const worker = await startEngine(t, url)
  const flow = await insertFlow(gateway.database, [{ rest: { wait: { days: 60 }, timeout: { after: { days: 40 } } } }])
  const run = runOf(flow, worker.clock)
  await gateway.engine.enqueue(run)
  await until(async () => (await statusOf(gateway.database, run.id)) === 'waiting', 60_000, 'suspended')
  worker.clock.advance(40 * 24 * 60 * 60_000)
  const ended = await untilEnded(worker.database, run.id)
  t.match([ended.status, ended.error], ['failed', { status: 408 }])
})

t.test('a stopping process lets its call end, and another process makes the next one', async (t) => {
  const { url, upstream, gateway } = await scene(t)
  const first = await openEngine(url)
  t.teardown(() => first.close())
  const flow = await insertFlow(gateway.database, [post(upstream, '/delay', 'one'), post(upstream, '/echo/2', 'two')])
  const run = runOf(flow, gateway.clock)
  await gateway.engine.enqueue(run)
  await upstream.received('/delay')
  const closing = first.close()
  upstream.release()
  await closing
  const second = await startEngine(t, url)
  t.equal((await untilEnded(second.database, run.id)).status, 'succeeded')
  t.same(calls(upstream), { '/delay': { count: 1, keys: 1 }, '/echo/2': { count: 1, keys: 1 } })
})

t.test('a run that kills every process that runs it becomes a dead letter', async (t) => {
  const { url, upstream, gateway } = await scene(t)
  const worker = await startEngine(t, url, { maxHandovers: 1 })
  const flow = await insertFlow(gateway.database, [post(upstream, '/delay', 'one')])
  const run = runOf(flow, gateway.clock)
  await gateway.engine.enqueue(run)
  await upstream.received('/delay')
  // As after the death of a process: the holder does not exist.
  for (let attempt = 0; attempt < 2; attempt++) {
    await until(
      async () =>
        (
          await gateway.database.pool.query(
            `update live_run set worker_id = 2000000000 where state = 'running' and epoch = $1`,
            [attempt + 1]
          )
        ).rowCount === 1,
      60_000,
      `attempt ${attempt + 1}`
    )
  }
  const ended = await untilEnded(worker.database, run.id)
  t.equal(ended.status, 'failed')
  t.match(ended.error, { title: 'Given up' })
  t.match(await gateway.database.prisma.deadLetter.findMany(), [
    { id: run.id, workspaceId: flow.workspaceId, attempts: 2 }
  ])
  upstream.release()
})

t.test('a holder whose run another process has claimed stops, and its writes are rejected', async (t) => {
  const { url, upstream } = await scene(t)
  const first = await startEngine(t, url)
  const flow = await insertFlow(first.database, [post(upstream, '/delay', 'one'), post(upstream, '/echo/2', 'two')])
  const run = runOf(flow, first.clock)
  await first.engine.enqueue(run)
  await upstream.received('/delay')
  await first.database.pool.query(
    'update live_run set epoch = epoch + 1, worker_id = (select max(id) + 1 from worker) where run_id = $1',
    [run.id]
  )
  upstream.release()
  await until(
    async () => (await first.engine.stats()).fencedWrites > 0 || (await first.engine.stats()).resumed > 0,
    60_000,
    'the fence'
  )
  const ended = await untilEnded(first.database, run.id)
  t.equal(ended.status, 'succeeded')
  t.equal(calls(upstream)['/echo/2']?.count, 1, 'the step after the fence was done by one holder')
})
