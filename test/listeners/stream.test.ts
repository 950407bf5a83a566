import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { EVENT_STREAMS_OF_PRINCIPAL } from '../../src/http/event-streams.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, services, url } = await startSluice(t)
const { prisma } = services.database
const ada = await client.signUp('Ada')
const as = ada.session
const at = `/v1/workspaces/${ada.workspaceId}`
let names = 0
const SIGNATURE = { preset: 'github', secret: 'hook' }

async function streaming(tasks: object[], more: object = {}, rest: object = {}) {
  const name = `flow-${++names}`
  const body = { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, do: tasks, ...rest }
  const flow = await client.call('POST', `${at}/flows`, { as, body })
  if (flow.status !== 201) throw new Error(flow.text)
  const made = await client.call('POST', `${at}/listeners`, {
    as,
    body: { name, flowId: flow.json.id, respond: 'stream', ...more }
  })
  if (made.status !== 201) throw new Error(made.text)
  return { id: made.json.id as string, path: `/v1/dynamic/listener/${made.json.id}`, flowId: flow.json.id as string }
}

const tell = (type: string, data: unknown) => ({ [`tell-${++names}`]: { emit: { event: { with: { type, data } } } } })
const hear = (type: string) => ({
  [`hear-${++names}`]: { listen: { to: { one: { with: { type } } } }, timeout: { after: 'PT1M' } }
})

const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter((part) => part.startsWith('event: '))
    .map((part) => {
      const [event = '', data = ''] = part.split('\n')
      return { event: event.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) as any }
    })

async function open(t: Test, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const basic = Buffer.from(`${ada.email}:${ada.password}`).toString('base64')
  const sent = request(url + path, {
    method: options.method ?? 'GET',
    agent: false,
    headers: { Authorization: `Basic ${basic}`, ...options.headers }
  }).end()
  t.teardown(() => sent.destroy())
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  let text = ''
  response.on('data', (chunk: string) => {
    text += chunk
  })
  response.on('error', () => {})
  return { response, sent, events: () => eventsOf(text) }
}

t.test('200: the events of a run come as it emits them, and its output comes last', async (t) => {
  const tasks = [
    tell('progress', { percent: 50 }),
    hear('go on'),
    tell('two\nlines', { secret: false }),
    { answer: { set: { done: true, id: 1 } } }
  ]
  const { path } = await streaming(tasks, { corsOrigins: ['https://page.example'] })
  const stream = await open(t, path, { headers: { Origin: 'https://page.example' } })
  t.match(stream.response, {
    statusCode: 200,
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': 'https://page.example',
      'sluice-run-id': /^run_/
    }
  })
  await until(async () => stream.events().length === 1, 60_000, 'the first event, while the run goes on')
  t.match(stream.events()[0], { event: 'progress', data: { specversion: '1.0', data: { percent: 50 } } })
  await client.call('POST', `${at}/inbox`, {
    as,
    body: { specversion: '1.0', id: 'go', source: '/test', type: 'go on' }
  })
  await once(stream.response, 'end')
  t.match(stream.events().slice(1), [
    { event: 'two lines', data: { type: 'two\nlines' } },
    { event: 'result', data: { done: true, id: 1 } }
  ])
  await services.recorder.flush()
  const run = await client.call('GET', `/v1/runs/${stream.response.headers['sluice-run-id']}`, { as })
  t.match(run.json, { status: 'succeeded', output: { done: true } })
})

t.test('200: a failure of the run comes last, as the problem document of other listeners', async (t) => {
  const raise = {
    stop: { raise: { error: { type: 'https://example.com/errors/sold-out', status: 409, title: 'Sold out' } } }
  }
  const { path } = await streaming([tell('progress', 1), raise])
  const answer = await client.call('GET', path, { as: ada })
  t.equal(answer.status, 200)
  t.match(eventsOf(answer.text), [
    { event: 'progress' },
    { event: 'error', data: { status: 409, title: 'Sold out', runId: /^run_/, requestId: String } }
  ])
  const fast = await client.call('GET', (await streaming([raise])).path, { as: ada })
  t.equal(fast.status, 200)
  t.match(eventsOf(fast.text), [{ event: 'error', data: { status: 409 } }])
  const late = await streaming([{ rest: { wait: 'PT10M' } }], { timeoutSeconds: 1 })
  t.match(eventsOf((await client.call('GET', late.path, { as: ada })).text), [
    { event: 'error', data: { status: 504 } }
  ])
})

t.test('400, 401, 404, 405: what is refused before the run is answered as by other listeners', async (t) => {
  const schema = { document: { type: 'object', properties: { query: { required: ['sku'] } } } }
  const { path } = await streaming([tell('progress', 1)], { methods: ['GET'] }, { input: { schema } })
  t.match((await client.call('GET', path, { as: ada })).json, { status: 400, code: 'validation_failed' })
  t.equal((await client.call('GET', path)).status, 401)
  t.equal((await client.call('GET', path, { as: (await client.signUp('Eve')).session })).status, 404)
  const post = await client.call('POST', path, { as: ada })
  t.match(post, { status: 405, headers: { allow: 'GET' } })
  const head = await client.call('HEAD', path, { as: ada })
  t.match(head, { status: 405, headers: { allow: 'GET' } })
  t.match((await client.call('GET', `${path}?sku=1`, { as: ada, headers: { 'Idempotency-Key': 'k' } })).json, {
    status: 400,
    detail: /without Idempotency-Key/
  })
  const preferring = await client.call('GET', `${path}?sku=1`, { as: ada, headers: { Prefer: 'respond-async' } })
  t.match(preferring, { status: 200, headers: { 'content-type': 'text/event-stream' } })
})

t.test('400: settings under which the run would outlive its stream are refused', async (t) => {
  const { id, flowId } = await streaming([tell('progress', 1)])
  for (const [field, value] of Object.entries({
    mode: 'async',
    onDeadline: 'continue',
    allowAsync: true,
    signature: SIGNATURE
  })) {
    const expected = { status: 400, errors: [{ pointer: `/${field}` }] }
    t.match((await client.call('PATCH', `/v1/listeners/${id}`, { as, body: { [field]: value } })).json, expected)
    const made = await client.call('POST', `${at}/listeners`, {
      as,
      body: { name: 'x', flowId, respond: 'stream', [field]: value }
    })
    t.match(made.json, expected)
  }
})

t.test('a client that goes away ends its stream and not its run; 429: a principal has so many streams', async (t) => {
  const { path, flowId } = await streaming([hear('end'), tell('late', 1), { answer: { set: { done: true } } }])
  const streams = await Promise.all(Array.from({ length: EVENT_STREAMS_OF_PRINCIPAL }, () => open(t, path)))
  t.ok(streams.every(({ response }) => response.statusCode === 200))
  t.equal((await client.call('GET', path, { as: ada })).status, 429)
  for (const { sent } of streams) sent.destroy()
  await until(
    async () => (await client.call('GET', path, { as: ada, headersOnly: true })).status === 200,
    60_000,
    'room again'
  )
  await client.call('POST', `${at}/inbox`, {
    as,
    body: { specversion: '1.0', id: 'end', source: '/test', type: 'end' }
  })
  await until(
    async () => {
      await services.recorder.flush()
      return (await prisma.run.count({ where: { flowId, status: 'succeeded' } })) >= EVENT_STREAMS_OF_PRINCIPAL
    },
    60_000,
    'the ends of the runs'
  )
})
