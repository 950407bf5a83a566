import t from 'tap'
import {
  type FlowDocument,
  lintOpenApiCalls,
  OPENAPI_LIMITS,
  openApiCalls,
  parseDocument,
  parseOpenApi
} from '../../../src/dsl/index.ts'
import { findOperation } from '../../../src/dsl/openapi/operation.ts'
import { buildRequest } from '../../../src/dsl/openapi/request.ts'
import { testPorts } from '../fixtures/ports.ts'
import { workbench, wrap } from '../fixtures/run.ts'

const { run, lint } = workbench(t)
const ENDPOINT = 'https://api.example/spec/openapi.json'

/** An OpenAPI 3.1 document with one operation `op`. */
function version3(path: string, operation: object, more: object = {}): object {
  return {
    openapi: '3.1.0',
    info: { title: 't', version: '1' },
    servers: [{ url: '/v1' }],
    paths: { [path]: { post: { operationId: 'op', responses: {}, ...operation } } },
    ...more
  }
}

function request(document: object, values: Record<string, unknown>): ReturnType<typeof buildRequest> {
  return buildRequest(findOperation(document, 'op', ENDPOINT), values)
}

t.test('parameters are written by their style: path, query, header, cookie', async (t) => {
  const value = { array: ['a', 'b c'], object: { r: 100, g: 'x&y' }, text: 'v/w' }
  const write = (
    parameter: object,
    of: keyof typeof value
  ): { path: string; query: string; headers: Record<string, string> } => {
    const inPath = (parameter as { in: string }).in === 'path'
    const { url, headers } = request(
      version3(inPath ? '/x/{p}' : '/x', { parameters: [{ name: 'p', ...parameter }] }),
      { p: value[of] }
    )
    return {
      path: new URL(url).pathname.replace('/v1/x', ''),
      query: new URL(url).search,
      headers: headers as Record<string, string>
    }
  }
  const path = (style: string, explode: boolean, of: keyof typeof value): string =>
    write({ in: 'path', style, explode, required: true }, of).path
  t.equal(path('simple', false, 'text'), '/v%2Fw')
  t.equal(path('simple', false, 'array'), '/a,b%20c')
  t.equal(path('simple', false, 'object'), '/r,100,g,x%26y')
  t.equal(path('simple', true, 'object'), '/r=100,g=x%26y')
  t.equal(path('label', false, 'array'), '/.a,b%20c')
  t.equal(path('label', true, 'array'), '/.a.b%20c')
  t.equal(path('label', true, 'object'), '/.r=100.g=x%26y')
  t.equal(path('matrix', false, 'text'), '/;p=v%2Fw')
  t.equal(path('matrix', false, 'array'), '/;p=a,b%20c')
  t.equal(path('matrix', true, 'array'), '/;p=a;p=b%20c')
  t.equal(path('matrix', true, 'object'), '/;r=100;g=x%26y')
  const query = (style: string | undefined, explode: boolean | undefined, of: keyof typeof value): string =>
    write({ in: 'query', style, explode }, of).query
  t.equal(query(undefined, undefined, 'array'), '?p=a&p=b%20c')
  t.equal(query('form', false, 'array'), '?p=a,b%20c')
  t.equal(query('form', true, 'object'), '?r=100&g=x%26y')
  t.equal(query('spaceDelimited', false, 'array'), '?p=a%20b%20c')
  t.equal(query('pipeDelimited', false, 'array'), '?p=a%7Cb%20c')
  t.equal(query('deepObject', true, 'object'), '?p%5Br%5D=100&p%5Bg%5D=x%26y')
  t.equal(
    write({ in: 'query', content: { 'application/json': {} } }, 'object').query,
    '?p=%7B%22r%22%3A100%2C%22g%22%3A%22x%26y%22%7D'
  )
  t.equal(write({ in: 'header' }, 'array').headers['p'], 'a,b c')
  t.equal(write({ in: 'header', explode: true }, 'object').headers['p'], 'r=100,g=x&y')
  t.equal(write({ in: 'cookie' }, 'text').headers['cookie'], 'p=v%2Fw')
})

t.test(
  'servers: relative to the document, with their variables; those of the operation before those of the document',
  async (t) => {
    const url = (document: object): string => request(document, {}).url
    t.equal(url(version3('/x', {})), 'https://api.example/v1/x')
    t.equal(
      url(
        version3(
          '/x',
          {},
          {
            servers: [
              { url: 'https://{region}.example/{v}/', variables: { region: { default: 'eu' }, v: { default: 'v2' } } }
            ]
          }
        )
      ),
      'https://eu.example/v2/x'
    )
    t.equal(url(version3('/x', { servers: [{ url: 'https://other.example' }] })), 'https://other.example/x')
    t.equal(url(version3('/x', {}, { servers: [] })), 'https://api.example/x')
    const version2 = {
      swagger: '2.0',
      host: 'h.example',
      basePath: '/b',
      schemes: ['http', 'https'],
      paths: { '/x': { get: { operationId: 'op' } } }
    }
    t.equal(url(version2), 'https://h.example/b/x')
    t.equal(url({ ...version2, host: undefined, schemes: undefined }), 'https://api.example/b/x')
  }
)

t.test('the body: the parameter "body", or the parameters that are declared nowhere; JSON before forms', async (t) => {
  const body = (type: string | string[]): object => ({
    requestBody: { required: true, content: Object.fromEntries([type].flat().map((name) => [name, {}])) }
  })
  t.match(request(version3('/x', body('application/json')), { body: [1] }), {
    body: '[1]',
    headers: { 'content-type': 'application/json' }
  })
  t.match(request(version3('/x', body('application/vnd.x+json')), { a: 1, b: 2 }), {
    body: '{"a":1,"b":2}',
    headers: { 'content-type': 'application/vnd.x+json' }
  })
  t.match(request(version3('/x', body(['application/x-www-form-urlencoded', 'application/json'])), { a: 1 }), {
    body: '{"a":1}'
  })
  t.match(request(version3('/x', body('application/x-www-form-urlencoded')), { a: 'b c' }), { body: 'a=b+c' })
  t.throws(() => request(version3('/x', body('application/json')), {}), /needs a body/)
  t.throws(() => request(version3('/x', body('multipart/mixed')), {}), /use "call: http"/)
  t.throws(() => request(version3('/x', {}), { typo: 1 }), /no parameter typo/)
  const version2 = (parameters: object[]): object => ({
    swagger: '2.0',
    paths: { '/x': { post: { operationId: 'op', parameters } } }
  })
  t.match(request(version2([{ name: 'pet', in: 'body', required: true }]), { pet: { id: 1 } }), { body: '{"id":1}' })
  t.match(
    request(
      version2([
        { name: 'f', in: 'formData' },
        { name: 'l', in: 'formData', collectionFormat: 'pipes' }
      ]),
      { f: 1, l: ['a', 'b'] }
    ),
    { body: 'f=1&l=a%7Cb', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  )
  t.match(
    request(
      version2([
        { name: 'q', in: 'query', collectionFormat: 'multi' },
        { name: 't', in: 'query', collectionFormat: 'tsv' }
      ]),
      { q: ['a', 'b'], t: ['a', 'b'] }
    ),
    { url: 'https://api.example/x?q=a&q=b&t=a%09b' }
  )
})

t.test(
  'references within the document are followed; those out of it, to nothing or in a circle are refused',
  async (t) => {
    const components = {
      parameters: {
        Id: { name: 'id', in: 'path', required: true },
        Again: { $ref: '#/components/parameters/Id' },
        Loop: { $ref: '#/components/parameters/Loop' }
      },
      requestBodies: { B: { content: { 'application/json': {} } } }
    }
    const of = (ref: string): object =>
      version3(
        '/x/{id}',
        { parameters: [{ $ref: ref }], requestBody: { $ref: '#/components/requestBodies/B' } },
        { components }
      )
    t.match(request(of('#/components/parameters/Again'), { id: 7, body: {} }), {
      url: 'https://api.example/v1/x/7',
      body: '{}'
    })
    t.throws(() => request(of('#/components/parameters/Loop'), {}), /circle/)
    t.throws(() => request(of('#/components/parameters/None'), {}), /leads to nothing/)
    t.throws(() => request(of('https://other.example/x.json#/a'), {}), /out of the document/)
    t.throws(() => request(of('#/__proto__/x'), {}), /leads to nothing/)
  }
)

t.test('required parameters and path segments are checked', async (t) => {
  const document = version3('/x/{id}', {
    parameters: [
      { name: 'id', in: 'path', required: true },
      { name: 'q', in: 'query', required: true }
    ]
  })
  t.throws(() => request(document, { q: 1 }), /needs the parameter id/)
  t.throws(() => request(document, { id: 1 }), /needs the parameter q/)
  t.throws(() => request(document, { id: '..', q: 1 }), /segment/)
  t.throws(() => request(document, { id: { a: {} }, q: 1 }), /nested too deep/)
})

t.test("parameters of the path are the operation's too, unless it has its own", async (t) => {
  const document = version3('/x/{id}', { parameters: [{ name: 'id', in: 'path', style: 'label' }] })
  Object.assign((document as { paths: Record<string, object> }).paths['/x/{id}'] ?? {}, {
    parameters: [
      { name: 'id', in: 'path' },
      { name: 'q', in: 'query' }
    ]
  })
  t.equal(request(document, { id: 1, q: 2 }).url, 'https://api.example/v1/x/.1?q=2')
})

const FLOW = `
  - call: { call: openapi, with: { document: { endpoint: '${ENDPOINT}' }, operationId: op, parameters: {
        id: '\${ .id }' }, authentication: { bearer: { token: t1 } } }, output: { as: .ok } }
`

t.test('call: openapi runs the operation as it was pinned', async (t) => {
  const ports = testPorts()
  ports.http = async (call) => {
    ports.called.push(call)
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode('{"ok":true}'),
      url: call.url
    }
  }
  const pinned = version3('/x/{id}', {
    parameters: [{ name: 'id', in: 'path' }],
    responses: { 200: { content: { 'application/json': {} } } }
  })
  const { outcome } = await run(FLOW, { id: 7 }, { testPorts: ports, openapi: new Map([[ENDPOINT, pinned]]) })
  t.same(outcome, { status: 'succeeded', output: true })
  t.match(ports.called, [
    {
      method: 'POST',
      url: 'https://api.example/v1/x/7',
      headers: { accept: 'application/json' },
      authentication: { scheme: 'bearer', token: 't1' },
      redirect: false
    }
  ])
  t.match((await run(FLOW, { id: 7 })).outcome, {
    status: 'failed',
    error: { type: /configuration$/, detail: /no copy/, instance: '/do/0/call' }
  })
})

t.test('what to fetch when a flow is saved is listed, and what cannot be called is a fault', async (t) => {
  const document = parseDocument(wrap(FLOW), 'yaml').document as FlowDocument
  t.same(openApiCalls(document), [{ pointer: '/do/0/call', endpoint: ENDPOINT, operationId: 'op' }])
  t.match(lintOpenApiCalls(document, new Map()), [
    { pointer: '/do/0/call/with/document/endpoint', message: /could not be fetched/ }
  ])
  t.match(lintOpenApiCalls(document, new Map([[ENDPOINT, version3('/x', { operationId: 'other' })]])), [
    { pointer: '/do/0/call/with/operationId', message: /no operation "op"/ }
  ])
  t.match(lintOpenApiCalls(document, new Map<string, unknown>([[ENDPOINT, { openapi: '4.0.0' }]])), [
    { message: /not OpenAPI 2.0, 3.0 or 3.1/ }
  ])
  t.same(lintOpenApiCalls(document, new Map([[ENDPOINT, version3('/x', {})]])), [])
  t.match(await lint(FLOW.replace(ENDPOINT, 'https://h/{name}.json')), [
    /with\/document\/endpoint .*cannot depend on data/
  ])
  t.match(
    await lint(FLOW.replace(`'${ENDPOINT}'`, `{ uri: '${ENDPOINT}', authentication: { bearer: { token: t1 } } }`)),
    [/with\/document\/endpoint\/authentication .*without credentials.*"call: http"/]
  )
})

t.test('calls are found wherever a task may stand; data that looks like a call is ignored', (t) => {
  const call = (name: string): object => ({
    [name]: { call: 'openapi', with: { document: { endpoint: { uri: ENDPOINT } }, operationId: name } }
  })
  const document = {
    do: [
      call('a'),
      { nest: { do: [call('b')] } },
      { loop: { for: { in: '.x' }, do: [call('c')] } },
      { both: { fork: { branches: [call('d')] } } },
      { careful: { try: [call('e')], catch: { do: [call('f')] } } },
      {
        data: {
          set: {
            call: 'openapi',
            with: { document: { endpoint: 'https://data.example' }, operationId: 'x' },
            do: [call('y')]
          }
        }
      }
    ],
    use: { functions: call('g') }
  } as unknown as FlowDocument
  t.same(
    openApiCalls(document).map(({ pointer }) => pointer),
    [
      '/do/0/a',
      '/do/1/nest/do/0/b',
      '/do/2/loop/do/0/c',
      '/do/3/both/fork/branches/0/d',
      '/do/4/careful/try/0/e',
      '/do/4/careful/catch/do/0/f',
      '/use/functions/g'
    ]
  )
  t.ok(openApiCalls(document).every(({ endpoint }) => endpoint === ENDPOINT))
  t.end()
})

const readYaml = async (text: string) => parseDocument(text, 'yaml')

t.test('OpenAPI documents are read from JSON and YAML', async (t) => {
  t.strictSame(await parseOpenApi('{"a":1}', readYaml), { a: 1 })
  t.strictSame(await parseOpenApi('a: 1\n', readYaml), { a: 1 })
  await t.rejects(parseOpenApi('a: &x 1\nb: *x\n', readYaml), /neither JSON nor YAML/)
  await t.rejects(parseOpenApi('[', readYaml), /neither JSON nor YAML/)
  await t.rejects(parseOpenApi(' '.repeat(3 * 1024 * 1024), readYaml), /larger than 2097152 bytes/)
})

t.test('a document that would block the thread or overflow the stack is rejected before it is parsed', async (t) => {
  await t.rejects(
    parseOpenApi(`# ${'x'.repeat(OPENAPI_LIMITS.yamlBytes)}\na: 1\n`, readYaml),
    /not JSON, and larger than 131072 bytes: give the address of its JSON form/
  )
  await t.rejects(parseOpenApi('['.repeat(100_000), readYaml), /nested/)
  await t.rejects(parseOpenApi(`${'['.repeat(100_000)}${']'.repeat(100_000)}`, readYaml), /nested more than 128 deep/)
})

t.test('a list that is not exploded keeps the border between its items (RFC 6570)', async (t) => {
  const query = (parameter: object, value: unknown): string =>
    request(version3('/x', { parameters: [{ name: 'p', in: 'query', explode: false, ...parameter }] }), {
      p: value
    }).url.split('?')[1] ?? ''
  t.equal(query({}, ['a,b', 'c']), 'p=a%2Cb,c')
  t.equal(query({}, { r: '1,2', g: 3 }), 'p=r,1%2C2,g,3')
  t.equal(query({ style: 'spaceDelimited' }, ['a b', 'c']), 'p=a%20b%20c')
  t.equal(query({ style: 'pipeDelimited' }, ['a', 'b']), 'p=a%7Cb')
  t.equal(query({ style: 'spaceDelimited' }, { r: 100, g: 200 }), 'p=r%20100%20g%20200')
  t.equal(query({ style: 'pipeDelimited' }, { r: 100, g: 200 }), 'p=r%7C100%7Cg%7C200')
  t.equal(query({ style: 'deepObject', explode: true }, { 'a b': 'c' }), 'p%5Ba%20b%5D=c')
})

t.test('allowReserved leaves reserved characters and escapes, but for those that end a value', async (t) => {
  const url = (allowReserved: boolean): string =>
    request(version3('/x', { parameters: [{ name: 'p', in: 'query', allowReserved }] }), {
      p: "a/b?c:@!$'()*,;=%2F#&+ é"
    }).url
  t.match(url(true), "/x?p=a/b?c:@!$'()*,;=%2F%23%26%2B%20%C3%A9")
  t.match(url(false), '/x?p=a%2Fb%3Fc%3A%40%21%24%27%28%29%2A%2C%3B%3D%252F%23%26%2B%20%C3%A9')
})

t.test('one name in several places: each gets the value, or its own under its place', async (t) => {
  const document = version3('/x/{id}', {
    parameters: [
      { name: 'id', in: 'path', required: true },
      { name: 'id', in: 'query' }
    ]
  })
  t.match(request(document, { id: 1 }).url, /\/x\/1\?id=1$/)
  t.match(request(document, { 'path.id': 1, 'query.id': 2 }).url, /\/x\/1\?id=2$/)
  t.match(request(document, { id: 1, 'query.id': 2 }).url, /\/x\/1\?id=2$/)
  const hidden = version3('/x', {
    parameters: [{ name: 'body', in: 'query' }],
    requestBody: { content: { 'application/json': {} } }
  })
  t.match(request(hidden, { body: { a: 1 }, 'query.body': 'q' }), { url: /\/x\?body=q$/, body: '{"a":1}' })
  t.match(request(hidden, { body: { a: 1 } }), { url: /\/x$/, body: '{"a":1}' })
})

t.test('an empty value in a path, and two operations of one id, are refused', async (t) => {
  const document = version3('/x/{id}', { parameters: [{ name: 'id', in: 'path', required: true }] })
  for (const id of ['', []]) t.throws(() => request(document, { id }), { message: /is empty/ })
  const twice = version3('/x', {}, {})
  ;(twice as { paths: Record<string, unknown> }).paths['/y'] = { get: { operationId: 'op', responses: {} } }
  t.throws(() => findOperation(twice, 'op', ENDPOINT), { message: /several operations "op"/ })
})

t.test('parameters named Accept, Content-Type and Authorization are taken and not sent', async (t) => {
  const names = ['Accept', 'content-type', 'Authorization', 'X-Sent']
  const document = version3('/x', {
    parameters: names.map((name) => ({ name, in: 'header', required: true })),
    requestBody: { content: { 'application/json': {} } }
  })
  const { headers, body } = request(document, {
    Accept: 'a/b',
    'content-type': 'c/d',
    Authorization: 'x',
    'X-Sent': 'y',
    body: {}
  })
  t.same({ headers, body }, { headers: { 'x-sent': 'y', 'content-type': 'application/json' }, body: '{}' })
  t.same(request(document, { 'X-Sent': 'y', body: {} }).headers, headers)
})

t.test('files are sent in parts: OpenAPI 2.0 and 3', async (t) => {
  const version2 = {
    swagger: '2.0',
    host: 'api.example',
    paths: {
      '/upload': {
        post: {
          operationId: 'op',
          consumes: ['multipart/form-data'],
          parameters: [
            { name: 'note', in: 'formData', type: 'string' },
            { name: 'file', in: 'formData', type: 'file' }
          ]
        }
      }
    }
  }
  for (const sent of [
    request(version2, { note: 'hi', file: 'aGk=' }),
    request(
      version3('/upload', {
        requestBody: {
          content: {
            'multipart/form-data': { schema: { properties: { file: { type: 'string', format: 'binary' } } } }
          }
        }
      }),
      { note: 'hi', file: 'aGk=' }
    )
  ]) {
    t.match(sent.headers['content-type'], /^multipart\/form-data; boundary=/)
    t.match(String(sent.body), /name="note"\r\n\r\nhi\r\n/)
    t.match(String(sent.body), /name="file"; filename="file"\r\nContent-Type: application\/octet-stream\r\n\r\nhi\r\n/)
  }
  const bytes = version3('/x', { requestBody: { content: { 'application/pdf': {} } } })
  t.match(request(bytes, { body: 'aGk=' }), { body: Buffer.from('hi'), headers: { 'content-type': 'application/pdf' } })
})
