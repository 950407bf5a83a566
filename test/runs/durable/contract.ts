import type { Test } from 'tap'
import { lookupColumns } from '../../../src/flows/flow.ts'
import { notify } from '../../../src/platform/db/notify.ts'
import { newId } from '../../../src/lib/ids.ts'
import { syncSchedules } from '../../../src/runs/durable/schedules.ts'
import type { RestatePlace } from '../../../src/runs/restate/engine.ts'
import { createRunTimes } from '../../../src/runs/run-times.ts'
import { createTestClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'
import { startUpstream, type Upstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import {
  calls,
  type EngineOptions,
  type FlowOptions,
  insertFlow,
  openEngine,
  post,
  runOf,
  startEngine,
  statusOf,
  type TestEngine,
  type TestFlow,
  untilEnded
} from './fixtures.ts'
import { startWorkerProcess } from './worker-process.ts'

/** Everything that ends a test later than this is a fault. */
const LIMIT_MS = 60_000

interface Scene {
  url: string
  upstream: Upstream
  gateway: TestEngine
  open(options?: EngineOptions): Promise<TestEngine>
  start(options?: EngineOptions): Promise<TestEngine>
}

const pointers = (steps: readonly { pointer: string }[]): string[] => steps.map(({ pointer }) => pointer)

/**
 * What every durable engine promises, whatever it is made of. Waits take real time here, because an engine may keep its
 * own.
 * @param restate where Restate is; without it, the engine in PostgreSQL
 */
export function testContract(t: Test, restate?: RestatePlace): void {
  const engineOf = restate ? { restate } : {}

  async function scene(t: Test): Promise<Scene> {
    const { url } = await testDatabase(t)
    const upstream = await startUpstream()
    t.teardown(() => upstream.close())
    return {
      url,
      upstream,
      gateway: await startEngine(t, url, { ...engineOf, role: 'gateway' }),
      open: async (options) => {
        const engine = await openEngine(url, { ...engineOf, ...options })
        t.teardown(() => engine.close())
        return engine
      },
      start: (options) => startEngine(t, url, { ...engineOf, ...options })
    }
  }

  async function enqueue({ gateway }: Scene, flow: TestFlow, change = {}): Promise<string> {
    const run = runOf(flow, gateway.clock, change)
    await gateway.engine.enqueue(run)
    return run.id
  }

  const isStatus = ({ gateway }: Scene, runId: string, status: string): Promise<void> =>
    until(async () => (await statusOf(gateway.database, runId)) === status, LIMIT_MS, `${runId} ${status}`)

  t.test('a queued run is run once and recorded like any other, however often it is queued', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const flow = await insertFlow(gateway.database, [
      post(upstream, '/echo', 'ask', { n: '${ .body.n }' }),
      { answer: { set: { path: '${ .path }', exact: '${ 12345678901234567890 }' } } }
    ])
    const run = runOf(flow, gateway.clock)
    await Promise.all([gateway.engine.enqueue(run), gateway.engine.enqueue(run)])
    t.equal(await gateway.engine.statusOf(run.id), 'queued')
    t.equal(await gateway.engine.countLive('listener', flow.listenerId, 10), 1)
    const worker = await parts.start()
    const ended = await untilEnded(worker.database, run.id)
    t.equal(ended.status, 'succeeded', JSON.stringify(ended))
    t.match(ended.output, { path: '/echo' })
    t.same(pointers(ended.steps), ['/do/0/ask', '/do/1/answer'])
    await gateway.engine.enqueue(run)
    t.equal(await gateway.engine.statusOf(run.id), 'succeeded')
    t.equal(await gateway.engine.statusOf('run_unknown'), undefined)
    t.equal(await gateway.engine.countLive('workspace', flow.workspaceId, 10), 0)
    t.same(calls(upstream), { '/echo': { count: 1, keys: 1 } })
    t.same(worker.warnings, [])
  })

  t.test('a run keeps the version that was published when it was accepted', async (t) => {
    const parts = await scene(t)
    const { database } = parts.gateway
    const flow = await insertFlow(database, [{ answer: { set: { version: 1 } } }])
    const runId = await enqueue(parts, flow)
    const document = { document: { dsl: '1.0.3', namespace: 'test', name: 'test', version: '1.0.0' }, do: [] }
    await database.prisma.flowVersion.create({
      data: {
        flowId: flow.flowId,
        version: 2,
        name: 'test',
        ...lookupColumns(document as never),
        document,
        createdBy: 'test',
        createdAt: new Date()
      }
    })
    await database.prisma.flow.update({ where: { id: flow.flowId }, data: { latestVersion: 2, publishedVersion: 2 } })
    await parts.start()
    t.same((await untilEnded(database, runId)).output, { version: 1 })
  })

  /** Kills the process once the run has reached `/delay`, and lets another one continue the run. */
  async function killAtDelay(t: Test, parts: Scene, tasks: object[], inner?: object[]) {
    const { url, upstream, gateway } = parts
    const flow = await insertFlow(gateway.database, tasks)
    if (inner) await insertFlow(gateway.database, inner, { workspaceId: flow.workspaceId, name: 'inner' })
    const runId = await enqueue(parts, flow)
    const victim = await startWorkerProcess(t, url, engineOf)
    await upstream.received('/delay')
    await victim.kill()
    upstream.release()
    const heir = await parts.start()
    return untilEnded(heir.database, runId)
  }

  t.test(
    'killed: another process goes on after the last finished effect, and repeats a call with its key',
    async (t) => {
      const parts = await scene(t)
      const ended = await killAtDelay(t, parts, [
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
      t.same(pointers(ended.steps), ['/do/0/one', '/do/1/two', '/do/2/three'])
    }
  )

  t.test('killed in a fork with timeouts within a loop within a sub-flow: nothing finished is repeated', async (t) => {
    const parts = await scene(t)
    const { upstream } = parts
    const branch = (name: string, last: string): object => ({
      [name]: {
        timeout: { after: { minutes: 5 } },
        do: [post(upstream, `/echo/${name}1`, 'a'), post(upstream, `/echo/${name}2`, 'b'), post(upstream, last, 'c')]
      }
    })
    const ended = await killAtDelay(
      t,
      parts,
      [
        { inner: { run: { workflow: { namespace: 'test', name: 'inner', version: 'latest', input: {} } } } },
        post(upstream, '/echo/last', 'last')
      ],
      [
        {
          each: {
            for: { each: 'n', in: '${ [range(3)] }' },
            do: [
              post(upstream, '/echo/loop', 'note', { n: '${ $n }' }),
              { skip: { if: '${ $n != 1 }', set: { n: 1 }, then: 'exit' } },
              {
                all: {
                  fork: {
                    branches: [branch('x', '/echo/x3'), branch('y', '/delay'), branch('z', '/echo/z3')]
                  }
                }
              }
            ]
          }
        }
      ]
    )
    t.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
    const made = calls(upstream)
    const once = { count: 1, keys: 1 }
    t.match(made, {
      '/echo/loop': { count: 3, keys: 3 },
      '/echo/y1': once,
      '/echo/y2': once,
      '/delay': { count: 2, keys: 1 },
      '/echo/last': once
    })
    // Those of other branches may have been under way when the process was killed.
    for (const path of ['x1', 'x2', 'x3', 'z1', 'z2', 'z3'].map((name) => `/echo/${name}`))
      t.equal(made[path]?.keys, 1, path)
  })

  t.test('a short outage of the database does not change how a run continues', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const proxy = await startTcpProxy(t, parts.url)
    const worker = await openEngine(proxy.url, engineOf)
    t.teardown(() => worker.close())
    const flow = await insertFlow(gateway.database, [
      post(upstream, '/delay', 'slow'),
      { inner: { run: { workflow: { namespace: 'test', name: 'inner', version: 'latest', input: {} } } } }
    ])
    await insertFlow(gateway.database, [post(upstream, '/echo/inner', 'a'), { answer: { set: { ok: true } } }], {
      workspaceId: flow.workspaceId,
      name: 'inner'
    })
    const runId = await enqueue(parts, flow)
    await upstream.received('/delay')
    await proxy.cut()
    upstream.release()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await proxy.restore()
    const ended = await untilEnded(gateway.database, runId)
    t.same(ended.output, { ok: true }, JSON.stringify(ended.error))
    t.equal(calls(upstream)['/echo/inner']?.keys, 1)
  })

  t.test('a fork in which one branch wins, and another fails in a timeout', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    await parts.start()
    const flow = await insertFlow(gateway.database, [
      {
        race: {
          fork: {
            compete: true,
            branches: [
              ...[post(upstream, '/delay', 'slow')],
              { quick: { do: [{ rest: { wait: { milliseconds: 50 } } }, { won: { set: { won: true } } }] } }
            ]
          }
        }
      },
      {
        careful: {
          try: [{ late: { do: [{ rest: { wait: { hours: 1 } } }], timeout: { after: { seconds: 3 } } } }],
          catch: { errors: { with: { status: 408 } }, do: [{ note: { set: '${ . + { timedOut: true } }' } }] }
        }
      }
    ])
    const ended = await untilEnded(gateway.database, await enqueue(parts, flow))
    t.match([ended.status, ended.output], ['succeeded', { won: true, timedOut: true }], JSON.stringify(ended.error))
    t.ok(ended.steps.some(({ status }) => status === 'cancelled'))
    await until(async () => upstream.openSockets() === 0, LIMIT_MS, 'the call of the branch that lost is aborted')
  })

  t.test(
    'a run continues on time after a wait and after the delay of a retry, although its process is gone',
    async (t) => {
      const parts = await scene(t)
      const { upstream, gateway, url } = parts
      const first = await startWorkerProcess(t, url, engineOf)
      const flow = await insertFlow(gateway.database, [
        post(upstream, '/echo/before', 'before'),
        {
          fragile: {
            try: [post(upstream, '/status/503', 'ask')],
            catch: {
              errors: { with: { status: 503 } },
              retry: { delay: { seconds: 4 }, limit: { attempt: { count: 1 } } },
              do: [{ note: { set: { failed: true } } }]
            }
          }
        },
        { rest: { wait: { seconds: 3 } } },
        post(upstream, '/echo/after', 'after')
      ])
      const runId = await enqueue(parts, flow)
      await isStatus(parts, runId, 'waiting')
      await first.kill()
      const steps = async (): Promise<unknown> =>
        (await gateway.database.prisma.run.findUnique({ where: { id: runId } }))?.status
      t.equal(await steps(), 'waiting')
      const second = await parts.start()
      const ended = await untilEnded(second.database, runId)
      t.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
      t.match(calls(upstream), {
        '/echo/before': { count: 1 },
        '/status/503': { count: 2, keys: 2 },
        '/echo/after': { count: 1 }
      })
      t.same(pointers(ended.steps), [
        '/do/0/before',
        '/do/1/fragile/try/0/ask',
        '/do/1/fragile/try/0/ask',
        '/do/1/fragile/catch/do/0/note',
        '/do/1/fragile',
        '/do/2/rest',
        '/do/3/after'
      ])
    }
  )

  t.test('a run whose flow was deleted while it waited fails, and frees its slot', async (t) => {
    const parts = await scene(t)
    const { gateway, url, upstream } = parts
    const { prisma } = gateway.database
    const first = await startWorkerProcess(t, url, engineOf)
    const options: FlowOptions = { listener: { maxConcurrency: 1 } }
    const flow = await insertFlow(
      gateway.database,
      [post(upstream, '/echo', 'before'), { rest: { wait: { seconds: 4 } } }, { answer: { set: { ok: true } } }],
      options
    )
    const other = await insertFlow(gateway.database, [{ answer: { set: { ok: true } } }])
    const runId = await enqueue(parts, flow)
    await isStatus(parts, runId, 'waiting')
    await first.kill()
    await prisma.listener.update({ where: { id: flow.listenerId }, data: { flowId: other.flowId } })
    await prisma.flow.delete({ where: { id: flow.flowId } })
    await parts.start()
    const ended = await untilEnded(gateway.database, runId)
    t.match([ended.status, ended.error], ['failed', { title: 'Flow deleted' }])
    t.same(pointers(ended.steps), ['/do/0/before'])
    await until(async () => (await gateway.engine.stats()).running === 0, LIMIT_MS, 'nothing of it is left')
    const next = await enqueue(parts, { ...flow, flowId: other.flowId })
    t.equal((await untilEnded(gateway.database, next)).status, 'succeeded')
  })

  t.test('a stopping process lets its call end, and another makes the next one', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const first = await parts.open()
    const flow = await insertFlow(gateway.database, [post(upstream, '/delay', 'one'), post(upstream, '/echo/2', 'two')])
    const runId = await enqueue(parts, flow)
    await upstream.received('/delay')
    const closing = first.close()
    upstream.release()
    await closing
    const second = await parts.start()
    t.equal((await untilEnded(second.database, runId)).status, 'succeeded')
    t.same(calls(upstream), { '/delay': { count: 1, keys: 1 }, '/echo/2': { count: 1, keys: 1 } })
  })

  t.test('cancelling ends a queued, a running and a waiting run, and no other', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const { engine, database } = gateway
    const flow = await insertFlow(database, [
      post(upstream, '/echo/before', 'before'),
      post(upstream, '/delay', 'slow'),
      post(upstream, '/echo/after', 'after')
    ])
    const queued = await enqueue(parts, flow)
    t.equal(await engine.cancel(queued), true)
    t.equal(await engine.cancel(queued), false, 'again')
    t.equal(await engine.statusOf(queued), 'cancelled')
    await parts.start()
    const running = await enqueue(parts, flow)
    await upstream.received('/delay')
    const isShown = async (): Promise<boolean> => {
      const { rows } = await database.pool.query(
        `select from run_step where run_id = $1 union all
         select from run_rest where id = $1 and json_array_length(steps) > 0`,
        [running]
      )
      return rows.length > 0
    }
    await until(isShown, LIMIT_MS, 'the first step is shown while the run goes on')
    t.equal(await engine.cancel(running), true)
    t.equal(await engine.statusOf(running), 'cancelled')
    await until(async () => upstream.openSockets() === 0, LIMIT_MS, 'the call is aborted')
    const waiting = await enqueue(parts, await insertFlow(database, [{ rest: { wait: { days: 400 } } }]))
    await isStatus(parts, waiting, 'waiting')
    t.equal(await engine.cancel(waiting), true)
    t.equal(await engine.cancel(newId('run')), false)
    const short = await enqueue(parts, await insertFlow(database, [{ answer: { set: { ok: true } } }]))
    await untilEnded(database, short)
    t.equal(await engine.cancel(short), false)
    const { steps } = await untilEnded(database, running)
    t.equal(steps[0]?.pointer, '/do/0/before')
    t.equal(calls(upstream)['/echo/after'], undefined)
  })

  t.test('a large result is read back after a wait, and secrets are masked everywhere', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const secrets = { apiKey: 'hunter2-hunter2' }
    const first = await parts.open({ secrets })
    const flow = await insertFlow(
      gateway.database,
      [
        { fetch: { call: 'http', with: { method: 'get', endpoint: { uri: `${upstream.url}/huge?bytes=100000` } } } },
        {
          ask: {
            input: { from: '${ { length: length, key: $secrets.apiKey } }' },
            call: 'http',
            with: { method: 'post', endpoint: { uri: `${upstream.url}/echo` }, body: '${ . }' }
          }
        },
        { rest: { wait: { seconds: 3 } } },
        { answer: { set: { said: '${ .body }' } } }
      ],
      { use: { secrets: ['apiKey'] } }
    )
    const runId = await enqueue(parts, flow)
    await isStatus(parts, runId, 'waiting')
    await first.close()
    const second = await parts.start({ secrets })
    const ended = await untilEnded(second.database, runId)
    t.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
    t.match(JSON.stringify(ended.output), /\[secret\]/)
    t.notMatch(JSON.stringify(ended), secrets.apiKey)
    t.equal(upstream.requests.filter(({ path }) => path === '/huge').length, 1)
  })

  t.test('a listener never has more busy runs than its limit, and a waiting run frees its slot', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    await parts.start()
    await parts.start()
    const options: FlowOptions = { listener: { maxConcurrency: 2 } }
    const flow = await insertFlow(gateway.database, [post(upstream, '/delay', 'ask')], options)
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push(await enqueue(parts, flow))
    await until(async () => upstream.requests.length === 2, LIMIT_MS, 'two are busy')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    t.equal(upstream.requests.length, 2)
    upstream.release()
    for (const id of ids) t.equal((await untilEnded(gateway.database, id)).status, 'succeeded')

    const one: FlowOptions = { listener: { maxConcurrency: 1 } }
    const resting = await insertFlow(gateway.database, [{ rest: { wait: { seconds: 20 } } }], one)
    const [first, second] = [await enqueue(parts, resting), await enqueue(parts, resting)]
    await isStatus(parts, first, 'waiting')
    await isStatus(parts, second, 'waiting')
    for (const id of [first, second]) t.equal(await gateway.engine.cancel(id), true)
  })

  t.test('runs of a disabled listener or a suspended workspace continue once they are allowed to', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const { prisma, pool } = gateway.database
    await parts.start()
    const flow = await insertFlow(gateway.database, [post(upstream, '/echo', 'ask')], { listener: { enabled: false } })
    const disabled = await enqueue(parts, flow)
    const two = await insertFlow(gateway.database, [post(upstream, '/delay', 'one'), post(upstream, '/echo', 'two')])
    const stopped = await enqueue(parts, two)
    await upstream.received('/delay')
    await prisma.workspace.update({ where: { id: two.workspaceId }, data: { suspendedAt: new Date() } })
    await notify(pool, 'workspace', two.workspaceId)
    await new Promise((resolve) => setTimeout(resolve, 500))
    upstream.release()
    await isStatus(parts, stopped, 'waiting')
    t.equal(await gateway.engine.statusOf(disabled), 'queued')
    t.equal(calls(upstream)['/echo'], undefined)
    await prisma.listener.update({ where: { id: flow.listenerId }, data: { enabled: true } })
    await prisma.workspace.update({ where: { id: two.workspaceId }, data: { suspendedAt: null } })
    for (const id of [disabled, stopped]) t.equal((await untilEnded(gateway.database, id)).status, 'succeeded')
    t.match(calls(upstream), { '/delay': { count: 1 }, '/echo': { count: 2 } })
  })

  t.test('every tick of a schedule starts one run, over several processes', async (t) => {
    const parts = await scene(t)
    const clock = createTestClock()
    const engines = [1, 2, 3].map(() => parts.start({ clock, recoveryMs: 5 }))
    const { database } = (await Promise.all(engines))[0] as TestEngine
    const flow = await insertFlow(database, [{ answer: { set: { ok: true } } }], {
      schedule: { every: { seconds: 60 } }
    })
    await syncSchedules({ pool: database.pool, clock }, flow.flowId)
    const runs = () => database.prisma.run.findMany({ where: { flowId: flow.flowId } })
    for (let tick = 1; tick <= 5; tick++) {
      clock.advance(60_000)
      await until(async () => (await runs()).length === tick, LIMIT_MS, `tick ${tick}`)
    }
    const due = (await runs()).map(({ input }) => (input as { scheduledFor: string }).scheduledFor)
    t.equal(new Set(due).size, 5, 'each for a tick of its own')
    for (const { id } of await runs()) t.equal((await untilEnded(database, id)).status, 'succeeded')
  })

  t.test('a run that began in its request becomes durable, and nothing of it is repeated', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const first = await parts.start()
    const flow = await insertFlow(gateway.database, [
      post(upstream, '/echo/before', 'before'),
      {
        both: {
          fork: {
            branches: [
              { slow: { do: [post(upstream, '/delay', 'slow'), post(upstream, '/echo/slow', 'next')] } },
              { quick: { do: [post(upstream, '/echo/quick', 'quick'), { rest: { wait: { seconds: 3 } } }] } }
            ]
          }
        }
      },
      post(upstream, '/echo/after', 'after')
    ])
    const run = runOf(flow, gateway.clock)
    const seen: string[] = []
    const begun = first.engine.beginInline(run, { onStep: ({ pointer }) => seen.push(pointer), onSecret() {} })
    await upstream.received('/delay')
    await upstream.received('/echo/quick')
    await begun.makeDurable()
    t.ok(['queued', 'running', 'waiting'].includes((await first.engine.statusOf(run.id)) ?? ''))
    upstream.release()
    const ended = await untilEnded(gateway.database, run.id)
    t.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
    const once = { count: 1, keys: 1 }
    t.same(calls(upstream), {
      '/echo/before': once,
      '/delay': once,
      '/echo/slow': once,
      '/echo/quick': once,
      '/echo/after': once
    })
    t.equal(seen[0], '/do/0/before')
    t.equal(ended.steps.filter(({ pointer }) => pointer === '/do/0/before').length, 1)
    t.equal(ended.steps.at(-1)?.pointer, '/do/2/after')
  })

  t.test('a long wait makes a run of a request durable: it is suspended until then', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const first = await parts.start()
    const flow = await insertFlow(gateway.database, [
      post(upstream, '/echo/before', 'before'),
      { rest: { wait: { minutes: 3 } } }
    ])
    const run = runOf(flow, gateway.clock)
    const begun = first.engine.beginInline(run, { onStep() {}, onSecret() {} })
    t.equal((await begun.outcome).constructor.name, 'Suspended')
    await begun.makeDurable()
    await isStatus(parts, run.id, 'waiting')
    t.equal(calls(upstream)['/echo/before']?.count, 1)
    t.equal(await first.engine.cancel(run.id), true)
  })

  t.test('a call whose kept connection was closed is made again by a durable run, and only there', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const worker = await parts.start()
    const tasks = (path: string): object[] => [post(upstream, '/echo', 'before'), post(upstream, path, 'call')]
    const durable = await untilEnded(
      gateway.database,
      await enqueue(parts, await insertFlow(gateway.database, tasks('/drop-once')))
    )
    t.equal(durable.status, 'succeeded', JSON.stringify(durable.error))
    t.same(calls(upstream)['/drop-once'], { count: 2, keys: 1 }, 'with the same key')

    const run = runOf(await insertFlow(gateway.database, tasks('/drop')), gateway.clock)
    const begun = worker.engine.beginInline(run, { onStep() {}, onSecret() {} })
    t.match(await begun.outcome, { status: 'failed', error: { detail: /closed the connection/ } })
    t.same(calls(upstream)['/drop'], { count: 1, keys: 1 })
  })

  t.test('each step of a run is timed once, over waits and over processes', async (t) => {
    const parts = await scene(t)
    const { upstream, gateway } = parts
    const runTimes = createRunTimes()
    const first = await parts.open({ runTimes })
    const flow = await insertFlow(gateway.database, [
      post(upstream, '/echo', 'before'),
      { rest: { wait: { seconds: 3 } } },
      { note: { set: { n: 1 } } },
      post(upstream, '/delay', 'call'),
      { both: { do: [post(upstream, '/echo', 'one'), { two: { set: { n: 2 } } }] } }
    ])
    const runId = await enqueue(parts, flow)
    await upstream.received('/delay')
    const closing = first.close()
    upstream.release()
    await closing
    await parts.start({ runTimes })
    const { status, steps, error } = await untilEnded(gateway.database, runId)
    t.equal(status, 'succeeded', JSON.stringify(error))
    t.equal(steps.length, 7)
    const timed = (): number =>
      runTimes.steps().reduce((sum, { times }) => sum + times.read().counts.reduce((all, count) => all + count, 0), 0)
    t.equal(timed(), steps.length)
    t.same(
      runTimes.steps().map(({ labels }) => labels),
      [{ status: 'succeeded' }]
    )
  })
}
