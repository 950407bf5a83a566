import t from 'tap'
import { testDatabase } from '../../fixtures/database.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { until } from '../../fixtures/until.ts'

const { url: databaseUrl } = await testDatabase(t)
const gateway = await startSluice(t, { databaseUrl, role: 'gateway' })
const ada = await gateway.client.signUp()
const document = {
  document: { dsl: '1.0.3', namespace: 'test', name: 'answer', version: '1.0.0' },
  do: [{ answer: { set: { said: 'hello' } } }]
}
const flow = await gateway.client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
  as: ada.session,
  body: document
})
const listener = await gateway.client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
  as: ada.session,
  body: { name: 'later', flowId: flow.json.id, mode: 'async' }
})
const path = `/v1/dynamic/listener/${listener.json.id}`
const accepted = await gateway.client.call('POST', path, { as: ada })

t.test('202: a gateway accepts asynchronous calls, and leaves the runs to workers', async (t) => {
  t.equal(accepted.status, 202)
  const worker = await startSluice(t, { databaseUrl, role: 'worker' })
  const runPath = `/v1/runs/${accepted.json.runId}`
  await until(
    async () => (await gateway.client.call('GET', runPath, { as: ada })).json.status === 'succeeded',
    60_000,
    'the worker ran it'
  )
  t.match((await worker.client.call('GET', '/metrics')).text, '\nsluice_durable_ended_total 1\n')
  const { text } = await gateway.client.call('GET', '/metrics')
  t.match(text, '\nsluice_durable_enqueued_total 1\n')
  t.match(text, '\nsluice_durable_ended_total 0\n')
})

t.test('a worker', async (t) => {
  const { client, services } = await startSluice(t, { databaseUrl, role: 'worker' })

  await t.test('200: answers health and readiness checks', async (t) => {
    t.equal((await client.call('GET', '/healthz')).status, 200)
    t.same((await client.call('GET', '/readyz')).json, {
      status: 'ready',
      checks: { serving: 'ok', records: 'ok', database: 'ok', migrations: 'ok', notifications: 'ok', queue: 'ok' }
    })
    t.equal((await client.call('GET', '/metrics')).status, 200)
  })

  await t.test('503: answers nothing else, so that a misrouted call is retried elsewhere', async (t) => {
    for (const [method, address] of [
      ['POST', path],
      ['GET', '/v1/account'],
      ['POST', '/v1/sessions'],
      ['GET', '/openapi.json'],
      ['GET', '/docs'],
      ['GET', '/console']
    ] as const) {
      const answer = await client.call(method, address, { as: ada })
      t.match([answer.status, answer.json], [503, { code: 'unavailable' }], address)
      t.match(answer.headers, { 'content-type': /^application\/problem\+json/, 'x-request-id': /^req_/ })
    }
  })

  await t.test('degraded while the queue is unavailable, which strict readiness answers with 503', async (t) => {
    const { pool } = services.database
    await pool.query('alter schema pgboss rename to away')
    try {
      const answer = await client.call('GET', '/readyz?strict=1')
      t.match([answer.status, answer.json.checks], [503, { database: 'ok', queue: 'degraded' }])
      t.equal((await client.call('GET', '/readyz')).status, 200)
    } finally {
      await pool.query('alter schema away rename to pgboss')
    }
    await until(async () => (await client.call('GET', '/readyz?strict=1')).status === 200, 60_000, 'ready again')
  })
})
