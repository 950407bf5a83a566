import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { PIN_LIMITS } from '../../src/flows/pin-openapi.ts'
import { OPENAPI_LIMITS } from '../../src/dsl/index.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'
import { startUpstream } from '../fixtures/upstream.ts'

/** The answers of the loopback host by path. Other paths get 404. */
const pages = new Map<string, { status?: number; headers?: Record<string, string>; body: string | Buffer }>()
const fetched: string[] = []
const host = createServer((request, response) => {
  const path = request.url ?? ''
  fetched.push(path)
  const page = pages.get(path)
  response.writeHead(page ? (page.status ?? 200) : 404, page?.headers ?? {}).end(page?.body ?? 'nothing here')
})
host.listen(0, '127.0.0.1')
await once(host, 'listening')
t.teardown(() => {
  host.close()
})
const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const sluice = await startSluice(t, { egressAllow: [new URL(base).host, new URL(upstream.url).host] })
const { client } = sluice
const ada = await client.signUp('Ada')
const at = `/v1/workspaces/${ada.workspaceId}/flows`

/** An OpenAPI document with one operation `getEcho`, which echoes its request, at `path` of the upstream. */
function echoApi(path: string): object {
  const operation = {
    operationId: 'getEcho',
    parameters: [{ name: 'sku', in: 'query', schema: { type: 'string' } }],
    responses: { 200: { description: 'ok', content: { 'application/json': {} } } }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Echo', version: '1' },
    servers: [{ url: upstream.url }],
    paths: { [path]: { get: operation } }
  }
}

function serve(path: string, document: object | string): string {
  pages.set(path, {
    headers: { 'content-type': 'application/json' },
    body: typeof document === 'string' ? document : JSON.stringify(document)
  })
  return base + path
}

const call = (endpoint: unknown, operationId = 'getEcho') => ({
  call: 'openapi',
  with: { document: { endpoint }, operationId, parameters: { sku: '${ .sku // "s-1" }' } },
  output: { as: '${ { path, sku: .query.sku } }' }
})
const flowOf = (name: string, ...tasks: object[]) => ({
  document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
  do: tasks
})
const save = (document: object) => client.call('POST', at, { as: ada.session, body: document })

async function listenerOf(flowId: string, more: object = {}): Promise<string> {
  const answer = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as: ada.session,
    body: { name: 'test', flowId, ...more }
  })
  return `/v1/dynamic/listener/${answer.json.id}`
}

t.test(
  'a saved flow calls the operation that the document described when it was saved, and never fetches it again',
  async (t) => {
    const endpoint = serve('/pinned.json', echoApi('/echo'))
    const before = fetched.length
    const flow = await save(flowOf('pinned', { ask: call(endpoint) }))
    t.equal(flow.status, 201, flow.text)
    t.notOk('openapi' in flow.json, 'what is pinned is not shown')
    t.same(fetched.slice(before), ['/pinned.json'])

    pages.set('/pinned.json', { body: JSON.stringify(echoApi('/status/500')) })
    const listener = await listenerOf(flow.json.id)
    const answer = await client.call('GET', listener, { as: ada })
    t.equal(answer.status, 200, answer.text)
    t.same(answer.json, { path: '/echo', sku: 's-1' })

    const simulated = await client.call('POST', `/v1/flows/${flow.json.id}/simulate`, {
      as: ada.session,
      body: { live: true, input: { sku: 's-2' } }
    })
    t.match(simulated.json, { status: 'succeeded', output: { path: '/echo', sku: 's-2' } })
    t.same(fetched.slice(before), ['/pinned.json'], 'nothing was fetched since')
  }
)

t.test('a durable run uses the documents that were pinned with its version', async (t) => {
  const endpoint = serve('/versions.json', echoApi('/echo'))
  const flow = await save(flowOf('durable', { ask: call(endpoint) }))
  serve('/versions.json', echoApi('/json'))
  const changed = await client.call('PUT', `/v1/flows/${flow.json.id}`, {
    as: ada.session,
    body: flowOf('durable', { ask: { ...call(endpoint), output: { as: '${ . }' } } })
  })
  t.equal(changed.status, 200, changed.text)
  const listener = await listenerOf(flow.json.id, { mode: 'async' })

  async function outputOfRun(): Promise<unknown> {
    const accepted = await client.call('GET', listener, { as: ada })
    t.equal(accepted.status, 202, accepted.text)
    let run: { status: string; output: unknown; error: unknown } | undefined
    await until(
      async () => {
        run = (await client.call('GET', `/v1/runs/${accepted.json.runId}`, { as: ada.session })).json
        return run?.status === 'succeeded' || run?.status === 'failed'
      },
      60_000,
      'the run ends'
    )
    return run?.output ?? run?.error
  }
  t.same(await outputOfRun(), { path: '/echo', sku: 's-1' }, 'the first version is published')
  await client.call('POST', `/v1/flows/${flow.json.id}/publish`, { as: ada.session, body: { version: 2 } })
  t.same(await outputOfRun(), { hello: 'world' })
})

t.test('documents of each version of OpenAPI are read, as JSON, as YAML, and after a redirect', async (t) => {
  const { host: authority } = new URL(upstream.url)
  serve('/v2.json', {
    swagger: '2.0',
    info: { title: 'Echo', version: '1' },
    host: authority,
    schemes: ['http'],
    paths: {
      '/echo': {
        get: { operationId: 'getEcho', parameters: [{ name: 'sku', in: 'query', type: 'string' }], responses: {} }
      }
    }
  })
  serve('/v3.0.json', { ...echoApi('/echo'), openapi: '3.0.4' })
  pages.set('/moved.json', { status: 302, headers: { location: '/v3.0.json' }, body: '' })
  serve(
    '/v3.1.yaml',
    `openapi: 3.1.0\ninfo: { title: Echo, version: '1' }\nservers: [{ url: '${upstream.url}' }]\n` +
      'paths:\n  /echo:\n    get:\n      operationId: getEcho\n' +
      '      parameters: [{ name: sku, in: query }]\n      responses: { 200: { description: ok } }\n'
  )
  for (const path of ['/v2.json', '/v3.0.json', '/moved.json', '/v3.1.yaml']) {
    const answer = await client.call('POST', '/v1/flows/simulate', {
      as: ada.session,
      body: { document: flowOf('versions', { ask: call(base + path) }), live: true, input: {} }
    })
    t.match(answer.json, { status: 'succeeded', output: { path: '/echo', sku: 's-1' } }, path)
  }
})

t.test(
  '400: every document that cannot be fetched or called is reported at its place in the flow; nothing is saved',
  async (t) => {
    pages.set('/latin.json', { body: Buffer.from([0x7b, 0xff, 0x7d]) })
    pages.set('/huge.json', { body: JSON.stringify({ text: 'x'.repeat(OPENAPI_LIMITS.bytes) }) })
    pages.set('/inward.json', {
      status: 302,
      headers: { location: 'http://169.254.169.254/latest/meta-data' },
      body: ''
    })
    const bad: [string, unknown, string, RegExp][] = [
      [
        'absent',
        `${base}/absent.json`,
        'document/endpoint',
        /^The OpenAPI document could not be fetched: it was answered with status 404\.$/
      ],
      [
        'inObject',
        { uri: `${base}/absent.json` },
        'document/endpoint',
        /could not be fetched: it was answered with status 404/
      ],
      [
        'guarded',
        'http://127.0.0.2:1/openapi.json',
        'document/endpoint',
        /could not be fetched: .*127\.0\.0\.2.* unless the operator allows it in EGRESS_ALLOW/
      ],
      ['inward', `${base}/inward.json`, 'document/endpoint', /could not be fetched: 169\.254\.169\.254/],
      ['huge', `${base}/huge.json`, 'document/endpoint', new RegExp(`could not be fetched: .*${OPENAPI_LIMITS.bytes}`)],
      ['latin', `${base}/latin.json`, 'document/endpoint', /could not be fetched: it is not text in UTF-8/],
      [
        'html',
        serve('/page.html', '<!doctype html>\n<p class="a">: b: c</p>'),
        'document/endpoint',
        /cannot be used: .*neither JSON nor YAML/
      ],
      [
        'other',
        serve('/other.json', { asyncapi: '3.0.0' }),
        'document/endpoint',
        /cannot be used: the document is not OpenAPI 2\.0, 3\.0 or 3\.1/
      ],
      [
        'operation',
        serve('/operation.json', { ...echoApi('/echo'), paths: {} }),
        'operationId',
        /no operation "getEcho"/
      ],
      [
        'outward',
        serve('/outward.json', {
          ...echoApi('/echo'),
          paths: { '/x': { get: { operationId: 'getEcho', parameters: [{ $ref: 'https://example.com/p.json' }] } } }
        }),
        'operationId',
        /leads out of the document/
      ]
    ]
    const document = flowOf(
      'faulty',
      ...bad.map(([name, endpoint]) => ({ [name]: call(endpoint) })).slice(0, PIN_LIMITS.documents - 2)
    )
    const rest = flowOf(
      'faulty-too',
      ...bad.map(([name, endpoint]) => ({ [name]: call(endpoint) })).slice(PIN_LIMITS.documents - 2)
    )
    const found: { pointer: string; message: string }[] = []
    for (const body of [document, rest]) {
      const refused = await save(body)
      t.equal(refused.status, 400)
      t.equal(refused.json.code, 'validation_failed')
      found.push(...refused.json.errors)
      t.same(
        (await client.call('POST', '/v1/flows/validate', { as: ada.session, body })).json.errors,
        refused.json.errors,
        'validate says the same'
      )
    }
    t.equal(found.length, bad.length)
    for (const [index, [name, , place, message]] of bad.entries()) {
      t.match(found[index]?.pointer, new RegExp(`^/do/\\d+/${name}/with/${place}$`), name)
      t.match(found[index]?.message, message, name)
    }
    const flows = await client.call('GET', at, { as: ada.session })
    t.notOk(flows.json.items.some(({ name }: { name: string }) => name.startsWith('faulty')))
  }
)

t.test('400: in YAML with line and column, in a simulation from the body', async (t) => {
  const raw =
    'document: { dsl: 1.0.3, namespace: test, name: lines, version: 1.0.0 }\ndo:\n  - ask:\n      call: openapi\n' +
    `      with:\n        document:\n          endpoint: ${base}/absent.json\n        operationId: getEcho\n`
  const refused = await client.call('POST', at, {
    as: ada.session,
    raw,
    headers: { 'Content-Type': 'application/yaml' }
  })
  t.match(refused.json.errors, [
    { pointer: '/do/0/ask/with/document/endpoint', line: 7, column: 11, message: /could not be fetched/ }
  ])
  const simulated = await client.call('POST', '/v1/flows/simulate', {
    as: ada.session,
    body: { document: flowOf('sim', { ask: call(`${base}/absent.json`) }), mocks: { '/do/0/ask': { output: 1 } } }
  })
  t.equal(simulated.status, 400)
  t.match(simulated.json.errors, [{ pointer: '/document/do/0/ask/with/document/endpoint' }])
})

t.test('a document is fetched once, however many calls name it; a flow with other faults fetches none', async (t) => {
  const endpoint = serve('/shared.json', echoApi('/echo'))
  const tasks = [{ a: call(endpoint) }, { b: call({ uri: endpoint }) }]
  const before = fetched.length
  t.equal((await save(flowOf('shared', ...tasks))).status, 201)
  t.equal(fetched.length, before + 1)
  t.equal((await save(flowOf('shared-broken', ...tasks, { c: { set: {}, then: 'nowhere' } }))).status, 400)
  t.equal(fetched.length, before + 1)
})

t.test('400: a flow that calls too many documents, or documents with too many bytes', async (t) => {
  const many = Array.from({ length: PIN_LIMITS.documents + 1 }, (_, index) => ({
    [`task${index}`]: call(serve(`/many/${index}.json`, echoApi('/echo')))
  }))
  t.match((await save(flowOf('many', ...many))).json.errors, [
    {
      pointer: `/do/${PIN_LIMITS.documents}/task${PIN_LIMITS.documents}/with/document/endpoint`,
      message: /at most 10 OpenAPI documents/
    }
  ])
  t.equal((await save(flowOf('enough', ...many.slice(1)))).status, 201)
  const large = JSON.stringify({ ...echoApi('/echo'), 'x-text': 'x'.repeat(OPENAPI_LIMITS.bytes * 0.9) })
  const heavy = [0, 1, 2].map((index) => ({ [`task${index}`]: call(serve(`/heavy/${index}.json`, large)) }))
  t.match((await save(flowOf('heavy', ...heavy))).json.errors, [
    { pointer: '/do/2/task2/with/document/endpoint', message: /can have 4194304 bytes in total/ }
  ])
})

t.test('names and characters in a document are data: no prototype is changed, U+0000 is kept', async (t) => {
  const hostile = JSON.stringify({ ...echoApi('/echo'), 'x-nul': 'a\0b', 'x-half': '\ud800' }).replace(
    '{',
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},'
  )
  const flow = await save(flowOf('hostile', { ask: call(serve('/hostile.json', hostile)) }))
  t.equal(flow.status, 201, flow.text)
  t.same((await client.call('GET', await listenerOf(flow.json.id), { as: ada })).json, { path: '/echo', sku: 's-1' })
  t.notOk('polluted' in {})
})
