import t from 'tap'
import { testDatabase } from '../../fixtures/database.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import { insertFlow, openEngine, runOf, startEngine, statusOf, untilEnded } from './fixtures.ts'

t.test(
  'a large result is stored apart, reused when the run is resumed, and deleted when it ends; secrets stay masked',
  async (t) => {
    const { url } = await testDatabase(t)
    const upstream = await startUpstream()
    t.teardown(() => upstream.close())
    const secrets = { apiKey: 'hunter2-hunter2' }
    const first = await openEngine(url, { secrets })
    t.teardown(() => first.close())
    const flow = await insertFlow(
      first.database,
      [
        { fetch: { call: 'http', with: { method: 'get', endpoint: { uri: `${upstream.url}/huge?bytes=100000` } } } },
        { measure: { set: { length: '${ length }' } } },
        {
          ask: {
            input: { from: '${ . + { key: $secrets.apiKey } }' },
            call: 'http',
            with: { method: 'post', endpoint: { uri: `${upstream.url}/echo` }, body: '${ . }' }
          }
        },
        { rest: { wait: { hours: 1 } } },
        { answer: { set: { said: '${ .body }' } } }
      ],
      { use: { secrets: ['apiKey'] } }
    )
    const run = runOf(flow, first.clock)
    await first.engine.enqueue(run)
    await until(async () => (await statusOf(first.database, run.id)) === 'waiting', 60_000, 'suspended')
    t.equal((await first.database.pool.query('select from run_large_effect')).rowCount, 1)
    const { rows: shown } = await first.database.pool.query<{ record: string }>('select record::text from run_step')
    t.equal(shown.length, 3)
    t.notOk(
      shown.some(({ record }) => record.includes(secrets.apiKey)),
      'steps of a live run are masked too'
    )
    const { clock } = first
    await first.close()

    const second = await startEngine(t, url, { clock, secrets })
    clock.advance(60 * 60_000)
    const ended = await untilEnded(second.database, run.id)
    t.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
    t.match(JSON.stringify(ended.output), /\[secret\]/)
    t.notMatch(JSON.stringify(ended), secrets.apiKey)
    t.equal(upstream.requests.filter(({ path }) => path === '/huge').length, 1)
    for (const table of ['run_effect', 'run_large_effect', 'run_step', 'live_run'])
      t.equal((await second.database.pool.query(`select from ${table}`)).rowCount, 0, table)
  }
)
