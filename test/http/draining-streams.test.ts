import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createEventStreams } from '../../src/http/event-streams.ts'
import type { App } from '../../src/http/server.ts'
import { type Client, createClient } from '../fixtures/client.ts'
import { testDatabase } from '../fixtures/database.ts'
import { startGatewayProcess } from '../fixtures/gateway-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const WAIT_MS = 60_000
/** Where a connection has been full for as many looks, its reader reads nothing. */
const LOOKS = 50
const GOODBYE = /: this process stops, connect again\n\n$/

interface Author {
  as: string
  at: string
}

/** Makes a listener; answers its path. */
async function listener(client: Client, { as, at }: Author, name: string, tasks: object[], more: object = {}) {
  const document = { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }
  const flow = await client.call('POST', `${at}/flows`, { as, body: { document, do: tasks } })
  const body = { name, flowId: flow.json.id, ...more }
  const made = await client.call('POST', `${at}/listeners`, { as, body })
  if (made.status !== 201) throw new Error(flow.text + made.text)
  return `/v1/dynamic/listener/${made.json.id}`
}

/** Opens a stream of server-sent events. */
async function open(t: Test, url: string, authorization: string) {
  const sent: ClientRequest = request(url, { agent: false, headers: { Authorization: authorization } }).end()
  t.teardown(() => sent.destroy())
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  let text = ''
  return {
    response,
    /** Reads from here on. */
    read() {
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      return this
    },
    text: () => text,
    ended: new Promise<void>((resolve) => void response.once('close', () => resolve()))
  }
}

const bearer = (token: string): string => `Bearer ${token}`
const basic = ({ email, password }: { email: string; password: string }): string =>
  `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`
const hear = { hear: { listen: { to: { one: { with: { type: 'never' } } } }, timeout: { after: 'PT5M' } } }
const tell = { tell: { emit: { event: { with: { type: 'begun' } } } } }

t.test('SIGTERM: open streams end in order, a run that streams ends by itself, and the exit code is 0', async (t) => {
  const admin = { email: 'admin@example.com', password: 'a password for the admin' }
  const gateway = await startGatewayProcess(t, {
    DRAIN_SECONDS: '1',
    DATABASE_URL: (await testDatabase(t)).url,
    SLUICE_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password
  })
  const base = gateway.url
  const client = createClient(base)
  const as = (await client.call('POST', '/v1/sessions', { body: admin })).json.token as string
  const at = `/v1/workspaces/${(await client.call('GET', '/v1/workspaces', { as })).json.items[0].id}`
  const author = { as, at }
  const waits = await listener(client, author, 'waits', [hear], { mode: 'async' })
  const streams = await listener(client, author, 'streams', [tell, { rest: { wait: 'PT2S' } }], { respond: 'stream' })
  const { runId } = (await client.call('GET', waits, { as: admin })).json

  const feed = (await open(t, `${base}${at}/feed`, bearer(as))).read()
  const run = (await open(t, `${base}/v1/runs/${runId}/events`, bearer(as))).read()
  const answer = (await open(t, base + streams, basic(admin))).read()
  await until(async () => run.text().includes('event: status') && feed.text() !== '', WAIT_MS, 'the streams are open')
  const stopped = gateway.stop()
  await until(async () => (await client.call('GET', '/readyz')).status === 503, WAIT_MS, 'it drains')
  t.notMatch(feed.text(), GOODBYE, 'while it drains, streams go on')
  await Promise.all([feed.ended, run.ended, answer.ended])
  for (const { response } of [feed, run, answer]) t.ok(response.complete, 'the stream was ended, not cut')
  t.match(feed.text(), GOODBYE)
  t.match(run.text(), GOODBYE)
  t.match(answer.text(), /^event: begun\n[^]*\n\nevent: result\ndata: .*\n\n$/)
  t.same(await stopped, [0, null])
  t.equal(gateway.stderr(), '')
})

t.test(
  'a run that streams beyond its time is cancelled: the last event says why, and the run is recorded',
  async (t) => {
    const first = await startSluice(t, { streamGraceMs: 0 })
    const second = await startSluice(t, { databaseUrl: first.databaseUrl })
    const ada = await first.client.signUp('Ada')
    const author = { as: ada.session, at: `/v1/workspaces/${ada.workspaceId}` }
    const streams = await listener(first.client, author, 'long', [tell, hear], {
      respond: 'stream',
      timeoutSeconds: 300
    })
    const answer = (await open(t, first.url + streams, basic(ada))).read()
    await until(async () => answer.text().includes('event: begun'), WAIT_MS, 'the run has begun')
    await first.close()
    await answer.ended
    t.ok(answer.response.complete)
    const last = /\n\nevent: error\ndata: (.*)\n\n$/.exec(answer.text())?.[1] ?? '{}'
    const runId = answer.response.headers['sluice-run-id']
    t.match(JSON.parse(last), { status: 503, code: 'unavailable', runId })
    const seen = await second.client.call('GET', `/v1/runs/${String(runId)}`, { as: ada.session })
    t.match(seen.json, { status: 'cancelled', finishedAt: String })
  }
)

t.test('a reader that reads nothing does not hold up the stop', async (t) => {
  const { client, url, close, app, services } = await startSluice(t, { streamGraceMs: 0 })
  const ada = await client.signUp('Ada')
  const author = { as: ada.session, at: `/v1/workspaces/${ada.workspaceId}` }
  const much = {
    each: {
      for: { each: 'n', in: '${ [range(100)] }' },
      do: [{ tell: { emit: { event: { with: { type: 'much', data: '${ "x" * 200000 }' } } } } }]
    }
  }
  const streams = await listener(client, author, 'much', [much], { respond: 'stream', timeoutSeconds: 300 })
  const connections: Socket[] = []
  app.server.on('connection', (connection) => connections.push(connection))
  const answer = await open(t, url + streams, basic(ada))
  let looks = 0
  await until(
    async () => {
      looks = connections.some(({ writableNeedDrain }) => writableNeedDrain) ? looks + 1 : 0
      return looks === LOOKS
    },
    WAIT_MS,
    'the run waits for its reader'
  )
  const emitted = await services.database.prisma.outboxEvent.count({ where: { workspaceId: ada.workspaceId } })
  t.ok(emitted > 0 && emitted < 100, 'not all is written')
  await close()
  answer.read()
  await answer.ended
  t.notOk(answer.response.complete, 'its connection was cut')
})

t.test('503: no stream begins once the server stops', async (t) => {
  const app = Fastify() as unknown as App
  const streams = createEventStreams(app)
  streams.take('ada', 'server').release()
  await app.close()
  t.throws(() => streams.take('ada', 'server'), { code: 'unavailable', status: 503 })
})
