import t from 'tap'
import { reservePort } from '../../fixtures/reserve-port.ts'
import { REVISION } from '../../../src/runs/restate/settings.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startRestateServer } from '../../fixtures/restate-server.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import { insertFlow, openEngine, post, runOf, startEngine, untilEnded } from '../durable/fixtures.ts'

const LIMIT_MS = 60_000

t.test(
  'workers of two revisions: the old ones end the runs that they began, and new runs go to the new ones',
  async (t) => {
    const { place } = await startRestateServer(t)
    const { url } = await testDatabase(t)
    const upstream = await startUpstream()
    t.teardown(() => upstream.close())
    const { engine, database, clock } = await startEngine(t, url, { restate: place, role: 'gateway' })
    const isReady = (worker: { engine: { isReady(): Promise<boolean> } }): Promise<void> =>
      until(() => worker.engine.isReady(), LIMIT_MS, 'Restate knows the worker')
    const flow = await insertFlow(database, [
      post(upstream, '/delay', 'call'),
      { rest: { wait: { seconds: 3 } } },
      { answer: { set: { by: '${ $runtime.version }' } } }
    ])
    async function begin(): Promise<string> {
      const run = runOf(flow, clock)
      await engine.enqueue(run)
      return run.id
    }
    async function query<T>(text: string): Promise<T[]> {
      const answer = await fetch(`${place.adminUrl}/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query: text })
      })
      return ((await answer.json()) as { rows: T[] }).rows
    }
    /** What docs/restate.md asks before old workers are stopped. */
    async function live(revision: number): Promise<number> {
      const [row] = await query<{ count: number }>(
        `select count(*) as count from sys_invocation i join sys_deployment d on d.id = i.pinned_deployment_id
        where i.status <> 'completed' and d.endpoint like '%/r${revision}'`
      )
      return row?.count ?? 0
    }

    const old = await openEngine(url, { restate: place, version: 'old' })
    t.teardown(() => old.close())
    await isReady(old)
    const before = await begin()
    await upstream.received('/delay')

    const port = await reservePort()
    const restate = { ...place, servicePort: port, serviceUrl: `http://127.0.0.1:${port}` }
    await isReady(await startEngine(t, url, { restate, version: 'new', revision: REVISION + 1 }))
    const after = await begin()
    await until(async () => upstream.requests.length === 2, LIMIT_MS, 'the call of the new run')
    t.same([await live(REVISION), await live(REVISION + 1)], [1, 1])

    upstream.release()
    t.same((await untilEnded(database, before)).output, { by: 'old' })
    t.same((await untilEnded(database, after)).output, { by: 'new' })
    await until(async () => (await live(REVISION)) === 0, LIMIT_MS, 'the old revision has no runs')
    await old.close()
    t.same((await untilEnded(database, await begin())).output, { by: 'new' })
  }
)
