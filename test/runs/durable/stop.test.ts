import t from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { insertFlow, openEngine, runOf, startEngine, statusOf, untilEnded } from './fixtures.ts'

t.test(
  'a process stops without its database, with a run whose result it cannot write; another continues the run',
  async (t) => {
    const { url } = await testDatabase(t)
    const upstream = await startUpstream()
    t.teardown(() => upstream.close())
    const proxy = await startTcpProxy(t, url)
    const first = await openEngine(proxy.url, { drainMs: 100 })
    t.teardown(() => first.close())
    const direct = openDatabase({ url })
    t.teardown(() => direct.close())
    const flow = await insertFlow(first.database, [
      { ask: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}/delay` } } } },
      { answer: { set: { ok: true } } }
    ])
    const run = runOf(flow, first.clock)
    await first.engine.enqueue(run)
    await upstream.received('/delay')
    await proxy.cut()
    upstream.release()
    await first.engine.close()
    t.equal(await statusOf(direct, run.id), 'running', 'it is as the process left it')
    const second = await startEngine(t, url)
    t.equal((await untilEnded(second.database, run.id)).status, 'succeeded')
    t.equal(new Set(upstream.requests.map(({ headers }) => headers['idempotency-key'])).size, 1)
  }
)
