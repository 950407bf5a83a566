import { randomBytes } from 'node:crypto'
import t from 'tap'
import { reservePort } from './fixtures/reserve-port.ts'
import { type Client, createClient } from './fixtures/client.ts'
import { testDatabase } from './fixtures/database.ts'
import { createEchoListener, createToken } from './fixtures/echo-listener.ts'
import { startGatewayProcess } from './fixtures/gateway-process.ts'
import { pgbouncerIsThere, startPgbouncer } from './fixtures/pgbouncer.ts'
import { until } from './fixtures/until.ts'

/** Calls at once, from both processes: more than the pooler has sessions. */
const CALLS = 60
const LIMIT_MS = 60_000

const reason = pgbouncerIsThere ? false : 'pgbouncer is not installed'
t.test('two processes behind PgBouncer in transaction mode', { skip: reason }, async (t) => {
  const { url } = await testDatabase(t)
  const environment = {
    DATABASE_URL: await startPgbouncer(t, url),
    DATABASE_DIRECT_URL: url,
    // So that only the announcement of a revocation can be what stops a token.
    CACHE_MAX_STALE: '600',
    // Both issue tokens under one name.
    PUBLIC_URL: `http://127.0.0.1:${await reservePort()}`,
    SLUICE_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    SIGNUP: 'open',
    DATA_DIR: t.testdirName
  }
  const gateways = [await startGatewayProcess(t, environment), await startGatewayProcess(t, environment)] as const
  const [here, there] = gateways.map(({ url }) => createClient(url)) as [Client, Client]
  const either = (n: number): Client => (n % 2 === 0 ? here : there)
  const ada = await here.signUp('Ada')
  const as = ada.session
  const listener = await createEchoListener(t, here, ada)

  await t.test('200: calls with tokens of both formats, answered by both', async (t) => {
    const tokens = [await createToken(t, here, ada), await createToken(t, there, ada, { format: 'jwt', days: 1 })]
    const answers = await Promise.all(
      Array.from({ length: CALLS }, (_, n) =>
        either(n).call('POST', listener.path, { as: tokens[n % 3 === 0 ? 1 : 0]?.token, body: { n } })
      )
    )
    t.same([...new Set(answers.map((answer) => answer.status))], [200])
    const runs = await there.call('GET', `/v1/runs?listenerId=${listener.id}`, { as })
    t.equal(runs.status, 200, runs.text)
    await until(
      async () => (await there.call('GET', `/v1/runs?listenerId=${listener.id}`, { as })).json.total === CALLS,
      LIMIT_MS,
      'the records of all calls'
    )
  })

  await t.test('401: a token that one process revokes is refused by the other', async (t) => {
    const { id, token } = await createToken(t, here, ada)
    t.equal((await there.call('POST', listener.path, { as: token })).status, 200)
    t.equal((await here.call('DELETE', `/v1/tokens/${id}`, { as })).status, 204)
    const refuses = async () => (await there.call('POST', listener.path, { as: token })).status === 401
    await until(refuses, 30_000, 'the news of the revocation')
  })

  await t.test('202: durable runs go on over waits, in whichever process takes them', async (t) => {
    const flow = await here.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
      as,
      body: {
        document: { dsl: '1.0.3', namespace: 'test', name: 'waits', version: '1.0.0' },
        do: [
          { first: { set: { n: 1 } } },
          { pause: { wait: { milliseconds: 1_500 } } },
          { last: { set: { n: '${ .n + 1 }' } } }
        ]
      }
    })
    const made = await here.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
      as,
      body: { name: 'waits', flowId: flow.json.id, mode: 'async' }
    })
    t.equal(made.status, 201, made.text)
    const { token } = await createToken(t, here, ada)
    const started = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        either(n).call('POST', `/v1/dynamic/listener/${made.json.id}`, { as: token, body: {} })
      )
    )
    t.same([...new Set(started.map((answer) => answer.status))], [202])
    for (const answer of started) {
      const runId = answer.json.runId as string
      const run = async () => (await there.call('GET', `/v1/runs/${runId}`, { as })).json
      await until(async () => (await run()).status === 'succeeded', LIMIT_MS, `the end of ${runId}`)
      t.same((await run()).output, { n: 2 })
    }
  })

  await t.test('a schedule starts its runs', async () => {
    const flow = await here.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
      as,
      body: {
        document: { dsl: '1.0.3', namespace: 'test', name: 'ticks', version: '1.0.0' },
        schedule: { every: { seconds: 1 } },
        do: [{ tick: { set: { ok: true } } }]
      }
    })
    const ticks = async () => (await here.call('GET', `/v1/runs?flowId=${flow.json.id}&status=succeeded`, { as })).json
    await until(async () => (await ticks()).items.length >= 2, LIMIT_MS, 'two runs of the schedule')
  })

  for (const { stop } of gateways) t.same(await stop(), [0, null])
  for (const { stdout } of gateways) {
    const faults = stdout()
      .split('\n')
      .filter((line) => /"level":"(?:error|fatal)"|prepared statement|no connection for notifications/.test(line))
    t.same(faults, [], 'no statement failed')
    t.match(stdout(), /sessions of the pooler have no statement_timeout/)
  }
})
