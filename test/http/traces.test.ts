import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { openTracing } from '../../src/platform/tracing/open-tracing.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice, type TestSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'
import type { Person } from '../fixtures/client.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`
const NEVER_SAMPLED = `00-${TRACE}-${SPAN}-00`

interface CollectedSpan {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  kind: number
  links?: { traceId: string }[]
  attributes: { key: string; value: Record<string, unknown> }[]
  status: { code?: number }
}

async function serve(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers with the `traceparent` that it got. */
function startUpstream(t: Test): Promise<string> {
  return serve(
    t,
    createServer((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ traceparent: request.headers.traceparent ?? null }))
    })
  )
}

/** Takes what OpenTelemetry sends, as a collector does. */
async function startCollector(t: Test) {
  const spans: CollectedSpan[] = []
  const keys = new Set<unknown>()
  const place = await serve(
    t,
    createServer((request, response) => {
      keys.add(request.headers['x-key'])
      void json(request).then((body) => {
        for (const resource of (body as any).resourceSpans)
          for (const scope of resource.scopeSpans) spans.push(...scope.spans)
        response.setHeader('content-type', 'application/json')
        response.end('{}')
      })
    })
  )
  return { endpoint: `http://${place}`, spans, keys }
}

let names = 0

async function createListener(
  { client }: TestSluice,
  owner: Person,
  upstream: string,
  listener: object = {},
  before: object[] = []
): Promise<string> {
  const body = {
    document: { dsl: '1.0.3', namespace: 'test', name: `traced-${++names}`, version: '1.0.0' },
    do: [...before, { ask: { call: 'http', with: { method: 'get', endpoint: { uri: `http://${upstream}/` } } } }]
  }
  const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, { as: owner.session, body })
  const made = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
    as: owner.session,
    body: { name: 'traced', flowId: flow.json.id, ...listener }
  })
  if (made.status !== 201) throw new Error(made.text)
  return `/v1/dynamic/listener/${made.json.id}`
}

const traceOf = (traceparent: string | null): string | undefined => traceparent?.split('-')[1]

t.test('a trusted proxy decides the trace: upstreams, the log and problems have it', async (t) => {
  const upstream = await startUpstream(t)
  const sluice = await startSluice(t, { egressAllow: [upstream], trustProxy: ['127.0.0.1/32'] })
  const owner = await sluice.client.signUp()
  const path = await createListener(sluice, owner, upstream)
  const { token } = await createToken(t, sluice.client, owner)
  const call = (headers: Record<string, string>) => sluice.client.call('GET', path, { as: token, headers })

  const answer = await call({ traceparent: TRACEPARENT })
  t.equal(answer.status, 200, answer.text)
  t.match(answer.json.traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
  t.notMatch(answer.json.traceparent, SPAN, 'below the caller, not in its place')
  t.match((await call({ traceparent: NEVER_SAMPLED })).json.traceparent, /-00$/, 'whether it is recorded too')
  t.match(sluice.logged(), `"traceId":"${TRACE}"`)

  const refused = await sluice.client.call('GET', path, { headers: { traceparent: TRACEPARENT } })
  t.equal(refused.status, 401)
  t.equal(refused.json.traceId, TRACE)

  await t.test('without one, nothing is sent, logged or answered', async (t) => {
    const before = sluice.logged().length
    t.equal((await call({})).json.traceparent, null)
    t.equal((await call({ traceparent: 'nonsense' })).json.traceparent, null)
    t.equal((await sluice.client.call('GET', path)).json.traceId, undefined)
    t.notMatch(sluice.logged().slice(before), /"traceId"/)
  })
})

t.test('of anybody else it is a link: the call gets a trace of its own', async (t) => {
  const upstream = await startUpstream(t)
  const sluice = await startSluice(t, { egressAllow: [upstream] })
  const owner = await sluice.client.signUp()
  const path = await createListener(sluice, owner, upstream)
  const { token } = await createToken(t, sluice.client, owner)
  const answer = await sluice.client.call('GET', path, { as: token, headers: { traceparent: TRACEPARENT } })
  const own = traceOf(answer.json.traceparent)
  t.match(own, /^[0-9a-f]{32}$/)
  t.not(own, TRACE)
  t.match(answer.json.traceparent, /-00$/, 'and does not decide that it is recorded')
  t.match(sluice.logged(), `"traceId":"${own}","callerTraceId":"${TRACE}"`)
})

t.test('it is kept through a durable run that waits', async (t) => {
  const upstream = await startUpstream(t)
  const sluice = await startSluice(t, { egressAllow: [upstream], trustProxy: ['127.0.0.1/32'] })
  const owner = await sluice.client.signUp()
  const wait = [{ pause: { wait: { minutes: 10 } } }]
  const path = await createListener(sluice, owner, upstream, { mode: 'async' }, wait)
  const { token } = await createToken(t, sluice.client, owner)
  const started = await sluice.client.call('POST', path, { as: token, headers: { traceparent: TRACEPARENT }, body: {} })
  t.equal(started.status, 202, started.text)
  const read = async (): Promise<any> =>
    (await sluice.client.call('GET', `/v1/runs/${started.json.runId}`, { as: owner.session })).json
  await until(async () => (await read()).status === 'waiting', 60_000, 'the run waits')
  sluice.clock.advance(11 * 60_000)
  await until(async () => (await read()).status === 'succeeded', 60_000, 'the run ends')
  t.equal(traceOf((await read()).output.traceparent), TRACE)
})

t.test('a collector gets a span for a call, its steps below it, and those of a durable run', async (t) => {
  const [upstream, collector] = [await startUpstream(t), await startCollector(t)]
  const tracing = await openTracing({
    endpoint: collector.endpoint,
    headers: { 'x-key': 'of the collector' },
    serviceName: 'sluice',
    version: '0.0.0-test',
    ratio: 0,
    onError: (error) => t.fail(error.message)
  })
  const sluice = await startSluice(t, { egressAllow: [upstream], trustProxy: ['127.0.0.1/32'], tracing })
  const owner = await sluice.client.signUp()
  const path = await createListener(sluice, owner, upstream)
  const asyncPath = await createListener(sluice, owner, upstream, { mode: 'async' })
  const { token } = await createToken(t, sluice.client, owner)
  const secret = 'not for a trace'
  const headers = { traceparent: TRACEPARENT }
  const answer = await sluice.client.call('GET', `${path}?secret=${encodeURIComponent(secret)}`, { as: token, headers })
  t.equal(answer.status, 200, answer.text)
  const unsampled = await sluice.client.call('GET', path, { as: token })
  t.equal(unsampled.status, 200)
  t.match(unsampled.json.traceparent, /-00$/, 'of the traces that begin here, none is recorded')
  const started = await sluice.client.call('POST', asyncPath, { as: token, headers, body: {} })
  await until(
    async () =>
      (await sluice.client.call('GET', `/v1/runs/${started.json.runId}`, { as: owner.session })).json.status ===
      'succeeded',
    60_000,
    'the run ends'
  )
  await tracing.close()

  t.same([...collector.keys], ['of the collector'])
  t.ok(collector.spans.every(({ traceId }) => traceId === TRACE))
  const calls = collector.spans.filter(({ kind }) => kind === 2)
  t.same(calls.map(({ name }) => name).sort(), [
    'GET /v1/dynamic/listener/:listenerId',
    'POST /v1/dynamic/listener/:listenerId'
  ])
  t.ok(calls.every(({ parentSpanId }) => parentSpanId === SPAN))
  const [get, post] = ['GET', 'POST'].map((method) => calls.find(({ name }) => name.startsWith(method)))
  t.equal(answer.json.traceparent.split('-')[2], get?.spanId, 'the upstream is below the call')
  const below = (parent: string | undefined) =>
    collector.spans.filter(({ parentSpanId }) => parentSpanId === parent).map(({ name }) => name)
  t.same(below(get?.spanId), ['step /do/0/ask'])
  t.same(below(post?.spanId), ['run'])
  const run = collector.spans.find(({ name }) => name === 'run')
  t.same(below(run?.spanId), ['step /do/0/ask'])
  t.notMatch(JSON.stringify(collector.spans), new RegExp(`${secret}|${token}|secret=`))
})

t.test('a collector that is away costs no call and no stop', async (t) => {
  const errors: Error[] = []
  const tracing = await openTracing({
    endpoint: 'http://127.0.0.1:1',
    headers: {},
    serviceName: 'sluice',
    version: '0.0.0-test',
    ratio: 1,
    onError: (error) => errors.push(error)
  })
  const sluice = await startSluice(t, { tracing })
  t.equal((await fetch(`${sluice.url}/v1/about`)).status, 200)
  await t.resolves(tracing.close())
  t.match(errors, [/ECONNREFUSED/])
})
