import { randomBytes } from 'node:crypto'
import path from 'node:path'
import t from 'tap'
import { reservePort } from './fixtures/reserve-port.ts'
import { testDatabase } from './fixtures/database.ts'
import { startGatewayProcess } from './fixtures/gateway-process.ts'
import { startTcpProxy } from './fixtures/tcp-proxy.ts'
import { until } from './fixtures/until.ts'

// A process as an operator starts it: what the variables promise is seen from outside.

t.test('secrets in files, a pooler, a small pool, somebody else who migrates, and a port for metrics', async (t) => {
  const { url } = await testDatabase(t)
  // Stands for a pooler: sessions that listen and lock must not come through it.
  const pooler = await startTcpProxy(t, url)
  const metricsPort = await reservePort()
  const folder = t.testdir({
    url: `${pooler.url}?application_name=pooled\n`,
    direct: `${url}\n`,
    metrics: '0123456789abcdef01234567\n',
    keys: `k1:${randomBytes(32).toString('base64')}\n`
  })
  const {
    url: base,
    stdout,
    stop
  } = await startGatewayProcess(t, {
    DATABASE_URL_FILE: path.join(folder, 'url'),
    DATABASE_DIRECT_URL_FILE: path.join(folder, 'direct'),
    SLUICE_KEYS_FILE: path.join(folder, 'keys'),
    DATABASE_POOL: '3',
    MIGRATE: 'wait',
    METRICS_PORT: String(metricsPort),
    METRICS_TOKEN_FILE: path.join(folder, 'metrics'),
    DATA_DIR: path.join(folder, 'data')
  })

  await t.test('GET /metrics on its own port, where nothing else is, takes the token alone', async (t) => {
    const at = (route: string, method = 'GET', authorization = 'Bearer 0123456789abcdef01234567') =>
      fetch(`http://127.0.0.1:${metricsPort}${route}`, { method, headers: { authorization } })
    for (const wrong of ['', 'Bearer', 'Bearer 0123456789abcdef01234568', 'Basic 0123456789abcdef01234567']) {
      const refused = await at('/metrics', 'GET', wrong)
      t.same([refused.status, await refused.text()], [401, ''], wrong)
    }
    const metrics = await at('/metrics')
    t.equal(metrics.status, 200)
    t.match(metrics.headers.get('content-type'), /^text\/plain/)
    t.match(await metrics.text(), /^sluice_/m)
    t.equal((await at('/v1/about')).status, 404)
    t.equal((await at('/metrics', 'POST')).status, 405)
    t.equal((await fetch(`${base}/metrics`)).status, 401, 'also on loopback')
  })

  await t.test(
    'no more connections than DATABASE_POOL go through the pooler, and none that listens or locks',
    async (t) => {
      await Promise.all(
        Array.from({ length: 30 }, () =>
          fetch(`${base}/v1/sessions`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ email: 'nobody@example.com', password: 'a long pass phrase' })
          })
        )
      )
      t.ok(pooler.connections() > 0 && pooler.connections() <= 3, `${pooler.connections()} connections`)
      const checks = async () => {
        const answer = await fetch(`${base}/readyz`)
        return ((await answer.json()) as { checks: Record<string, string> }).checks
      }
      t.match(await checks(), { database: 'ok', notifications: 'ok', queue: 'ok' })
      await pooler.cut()
      t.match(await checks(), { database: /degraded|failing/, notifications: 'ok' }, 'they do not go with the pooler')
      await pooler.restore()
      await until(async () => (await checks())['database'] === 'ok', 30_000, 'the pool connects again')
    }
  )
  t.same(await stop(), [0, null])
  t.notMatch(stdout(), new RegExp(new URL(url).password || 'no-password-to-find'))
})
