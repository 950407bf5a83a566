import t from 'tap'
import { isLocalOnly } from '../../../src/http/routes/health.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'
import { until } from '../../fixtures/until.ts'
import { startSluice } from '../../fixtures/sluice.ts'

const { client, services } = await startSluice(t)

t.test('200: alive, and no cache keeps it', async (t) => {
  const answer = await client.call('GET', '/healthz')
  t.strictSame([answer.status, answer.json, answer.headers['cache-control']], [200, { status: 'ok' }, 'no-store'])
})

t.test('200: ready, with every check', async (t) => {
  const answer = await client.call('GET', '/readyz')
  t.strictSame(
    [answer.status, answer.json],
    [
      200,
      {
        status: 'ready',
        checks: { serving: 'ok', records: 'ok', database: 'ok', migrations: 'ok', notifications: 'ok', queue: 'ok' }
      }
    ]
  )
})

t.test(
  '200 degraded, 503 with strict: a failed migration is named, and does not stop this process from answering',
  async (t) => {
    const { pool } = services.database
    await pool.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at)
       values ('x', 'x', '20990101000000_broken', now())`
    )
    const answer = await client.call('GET', '/readyz')
    t.strictSame(
      [answer.status, answer.json],
      [
        200,
        {
          status: 'degraded',
          checks: {
            serving: 'ok',
            records: 'ok',
            database: 'ok',
            migrations: 'degraded',
            notifications: 'ok',
            queue: 'ok'
          }
        }
      ]
    )
    const strict = await client.call('GET', '/readyz?strict=1')
    t.strictSame([strict.status, strict.json], [503, answer.json])
    await pool.query(`delete from _prisma_migrations where id = 'x'`)
    t.equal((await client.call('GET', '/readyz?strict=1')).status, 200)
    t.equal((await client.call('GET', '/readyz')).status, 200)
  }
)

t.test('200: metrics of what has just been asked, open where only this machine can ask', async (t) => {
  const ada = await client.signUp('Ada')
  await client.call('GET', '/v1/account', { as: ada.session })
  await client.call('GET', '/v1/account', { as: 'slc_not-a-token' })
  const answer = await client.call('GET', '/metrics')
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.match(answer.text, 'sluice_http_requests_total{route="/v1/account",method="GET",status="200"} 1')
  t.match(answer.text, 'sluice_refusals_total{code="invalid_token",why="malformed"} 1')
  t.match(answer.text, 'sluice_cache_records{cache="account"} 1')
  t.match(answer.text, 'sluice_notifications_connected 1')
  t.match(answer.text, 'process_cpu_user_seconds_total')
  for (const secret of [ada.session, ada.password, ada.email, ada.id]) t.notOk(answer.text.includes(secret))
})

t.test('401, 403, 200: metrics of a gateway that others reach are for admins', async (t) => {
  const { client } = await startSluice(t, { publicUrl: 'https://sluice.example.com' })
  const ada = await client.signUp('Ada')
  const bob = await client.signUp('Bob')
  t.equal((await client.call('GET', '/metrics')).status, 401)
  t.equal((await client.call('GET', '/metrics', { as: bob })).status, 403)
  t.equal((await client.call('GET', '/metrics', { as: ada })).status, 200, 'by Basic, as Prometheus does')
  t.equal((await client.call('GET', '/metrics', { as: ada.session })).status, 200)
  t.equal((await client.call('GET', '/healthz')).status, 200)
  t.equal((await client.call('GET', '/readyz')).status, 200)
})

t.test('200 by METRICS_TOKEN or as an admin, 401 and 403 else, also where only this machine can ask', async (t) => {
  const metricsToken = new Secret('scrape-0123456789abcdef')
  for (const publicUrl of ['https://sluice.example.com', 'http://127.0.0.1:2020']) {
    const { client } = await startSluice(t, { publicUrl, metricsToken })
    const ada = await client.signUp('Ada')
    const bob = await client.signUp('Bob')
    t.equal((await client.call('GET', '/metrics', { as: metricsToken.reveal() })).status, 200)
    t.equal((await client.call('GET', '/metrics', { as: ada.session })).status, 200)
    t.equal((await client.call('GET', '/metrics')).status, 401)
    t.equal((await client.call('GET', '/metrics', { as: bob.session })).status, 403)
    for (const wrong of ['scrape-0123456789abcdeF', 'scrape-0123456789abcde', 'scrape-0123456789abcdef0'])
      t.equal((await client.call('GET', '/metrics', { as: wrong })).status, 401, wrong)
    t.equal((await client.call('GET', '/v1/account', { as: metricsToken.reveal() })).status, 401, 'and nothing else')
  }
})

t.test(
  'only this machine can ask where the address, the public name and the trust in proxies all say so',
  async (t) => {
    const local = { host: '127.0.0.1', publicUrl: 'http://127.0.0.1:2020', trustProxy: [] }
    t.ok(isLocalOnly(local))
    t.ok(isLocalOnly({ ...local, host: '::1', publicUrl: 'http://[::1]:2020' }))
    t.ok(isLocalOnly({ ...local, host: 'localhost', publicUrl: 'http://localhost:2020' }))
    t.notOk(isLocalOnly({ ...local, host: '0.0.0.0' }))
    t.notOk(isLocalOnly({ ...local, host: '::' }))
    t.notOk(isLocalOnly({ ...local, host: '192.0.2.1' }))
    t.notOk(
      isLocalOnly({ ...local, publicUrl: 'https://sluice.example.com' }),
      'a proxy on this machine gives it a public name'
    )
    t.notOk(isLocalOnly({ ...local, publicUrl: 'https://localhost.example.com' }))
    t.notOk(isLocalOnly({ ...local, trustProxy: ['127.0.0.1'] }))
  }
)

t.test(
  '200 degraded while cached credentials work, then 503: a database that is gone, or does not answer',
  async (t) => {
    const { url } = await testDatabase(t)
    const proxy = await startTcpProxy(t, url)
    const { client, clock } = await startSluice(t, { databaseUrl: proxy.url })
    await until(async () => (await client.call('GET', '/readyz')).status === 200, 30_000, 'ready')
    proxy.swallow()
    const silent = await client.call('GET', '/readyz')
    t.match(
      [silent.status, silent.json],
      [
        200,
        {
          status: 'degraded',
          checks: { database: 'degraded', migrations: 'degraded', queue: 'degraded', records: 'ok' }
        }
      ]
    )
    await proxy.cut()
    const gone = await client.call('GET', '/readyz')
    t.match(
      [gone.status, gone.json.checks],
      [200, { database: 'degraded', migrations: 'degraded', queue: 'degraded', records: 'ok' }]
    )
    t.equal((await client.call('GET', '/readyz?strict=1')).status, 503, 'alerts know at once')
    clock.advance(61_000)
    const late = await client.call('GET', '/readyz')
    t.match(
      [late.status, late.json],
      [503, { status: 'not_ready', checks: { database: 'failing', queue: 'failing', records: 'ok' } }],
      'CACHE_GRACE is over'
    )
    t.notMatch(gone.text, /ECONN|postgres|127\.0\.0\.1/, 'why is not said')
    t.equal((await client.call('GET', '/healthz')).status, 200, 'the process is alive')
    await proxy.restore()
    await until(async () => (await client.call('GET', '/readyz')).status === 200, 30_000, 'ready again')
  }
)

t.test('the metrics page tells of durable runs', async (t) => {
  const { client } = await startSluice(t)
  const { text } = await client.call('GET', '/metrics')
  for (const line of [
    'sluice_durable_runs{state="queued"} 0',
    'sluice_durable_oldest_queued_seconds 0',
    'sluice_durable_dead_letters 0',
    'sluice_durable_enqueued_total 0',
    'sluice_durable_fenced_writes_total 0'
  ])
    t.ok(text.includes(`\n${line}\n`), line)
})
