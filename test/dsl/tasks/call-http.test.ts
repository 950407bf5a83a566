import t from 'tap'
import { startUpstream } from '../fixtures/upstream.ts'
import { workbench } from '../fixtures/run.ts'
import { testPorts } from '../fixtures/ports.ts'

const { run, lint } = workbench(t)
const upstream = await startUpstream()
t.teardown(() => upstream.close())

async function call(
  args: string,
  input: unknown = {}
): Promise<{ output: unknown; error: { status: number; type: string; detail: string } | undefined }> {
  const { outcome } = await run(`- call: { call: http, with: ${args} }`, input)
  return {
    output: outcome.status === 'succeeded' ? outcome.output : undefined,
    error: outcome.status === 'failed' ? (outcome.error as never) : undefined
  }
}

t.test('output: content (default), parsed by Content-Type; response; raw in base64', async (t) => {
  const get = (type: string | undefined, body: string | Uint8Array): Promise<{ output: unknown }> => {
    const query = new URLSearchParams({
      b: Buffer.from(body as string).toString('base64'),
      ...(type === undefined ? {} : { t: type })
    })
    return call(`{ method: get, endpoint: '\${ "${upstream.url}/type?" + .q }' }`, { q: query.toString() })
  }
  t.same((await get('application/json', '{"a":[1]}')).output, { a: [1] })
  t.same((await get('application/problem+json; charset=utf-8', '{"a":1}')).output, { a: 1 })
  t.equal((await get('text/html', '<p>é')).output, '<p>é')
  t.equal((await get('text/plain; charset=iso-8859-1', Buffer.from('e9', 'hex'))).output, 'é')
  t.equal((await get('image/png', Buffer.from('89504e47', 'hex'))).output, 'iVBORw==')
  t.equal((await get(undefined, 'plain')).output, 'plain')
  t.equal((await get(undefined, Buffer.from('ff', 'hex'))).output, '/w==')
  t.equal((await get('application/json', '')).output, null, 'an empty body is null')
  t.match(await get('application/json', '{"a":'), {
    error: { type: /communication$/, status: 500, detail: /cannot be parsed as JSON/ }
  })
  t.match(
    (
      await call(
        `{ method: get, endpoint: '${upstream.url}/x?q=1', output: response, headers: { accept: application/json } }`
      )
    ).output,
    {
      request: { method: 'GET', uri: `${upstream.url}/x?q=1`, headers: { accept: 'application/json' } },
      statusCode: 200,
      headers: { 'x-seen': 'yes' },
      content: { path: '/x' }
    }
  )
  t.match(
    (await call(`{ method: get, endpoint: '${upstream.url}/type?t=text/plain&b=aGk=', output: raw }`)).output,
    'aGk='
  )
})

t.test(
  'non-2xx is a communication error with that status; 3xx is one unless redirect: true, which the port is told',
  async (t) => {
    for (const status of [300, 302, 304, 400, 404, 500, 503]) {
      t.match(await call(`{ method: get, endpoint: '${upstream.url}/status/${status}?key=secret' }`), {
        error: {
          status,
          type: /communication$/,
          detail: `GET ${upstream.url}/status/${status} was answered with status ${status}.`
        }
      })
    }
    t.same((await call(`{ method: get, endpoint: '${upstream.url}/status/204' }`)).output, null)
    const ports = testPorts()
    ports.http = async (asked) => ({
      status: asked.redirect ? 200 : 302,
      headers: {},
      body: new Uint8Array(),
      url: asked.url
    })
    for (const redirect of [true, false]) {
      const { outcome } = await run(
        `- c: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/', redirect: ${redirect} } }`,
        {},
        { testPorts: ports }
      )
      t.equal(outcome.status, redirect ? 'succeeded' : 'failed')
    }
  }
)

t.test(
  'an unreachable upstream is a communication error with status 500 that reveals nothing of the network',
  async (t) => {
    const { error } = await call("{ method: get, endpoint: 'http://127.0.0.1:1/path?key=secret' }")
    t.match(error, { status: 500, type: /communication$/, detail: 'GET http://127.0.0.1:1/path was not answered.' })
  }
)

t.test('body: objects and arrays as JSON, text as text, forms where Content-Type says so, null as none', async (t) => {
  const sent = async (body: string, headers = ''): Promise<{ type: string | undefined; body: string }> => {
    await call(`{ method: post, endpoint: '${upstream.url}/', body: ${body} ${headers} }`, {
      a: [1, 'é'],
      text: 'plain',
      none: null
    })
    const seen = upstream.seen.at(-1)
    return { type: seen?.headers['content-type'], body: seen?.body ?? '' }
  }
  t.same(await sent('{ x: "${ .a }", y: 1 }'), { type: 'application/json', body: '{"x":[1,"é"],"y":1}' })
  t.same(await sent('"${ .a }"'), { type: 'application/json', body: '[1,"é"]' })
  t.same(await sent('"${ .text }"'), { type: 'text/plain; charset=utf-8', body: 'plain' })
  t.same(await sent('"${ .text }"', ', headers: { Content-Type: application/xml }'), {
    type: 'application/xml',
    body: 'plain'
  })
  t.same(await sent('{ x: "${ .a }", y: "a b&c" }', ', headers: { content-type: application/x-www-form-urlencoded }'), {
    type: 'application/x-www-form-urlencoded',
    body: 'x=1&x=%C3%A9&y=a+b%26c'
  })
  t.same(await sent('"${ .none }"'), { type: undefined, body: '' })
  t.same(await sent('3'), { type: 'application/json', body: '3' })
})

t.test(
  'headers and query: strings, numbers and booleans; null is left out, a list repeats a parameter, anything ' +
    'else is an expression error',
  async (t) => {
    await call(
      `{ method: get, endpoint: '${upstream.url}/?kept=1', headers: { X-N: '\${ .n }', x-no: '\${ .none }' },
        query: { n: '\${ .n }', b: true, list: '\${ .list }', none: '\${ .none }', sp: 'a b&c' } }`,
      { n: 1.5, list: ['x', 2], none: null }
    )
    const seen = upstream.seen.at(-1)
    t.same(seen?.query, [
      ['kept', '1'],
      ['n', '1.5'],
      ['b', 'true'],
      ['list', 'x'],
      ['list', '2'],
      ['sp', 'a b&c']
    ])
    t.equal(seen?.headers['x-n'], '1.5')
    t.notOk('x-no' in (seen?.headers ?? {}))
    await call(`{ method: get, endpoint: '${upstream.url}/', headers: '\${ .h }', query: '\${ .q }' }`, {
      h: { 'x-a': 'b' },
      q: { c: 'd' }
    })
    t.match(upstream.seen.at(-1), { headers: { 'x-a': 'b' }, query: [['c', 'd']] })
    const bad = async (args: string, input: object): Promise<unknown> =>
      (await call(`{ method: get, endpoint: '${upstream.url}/', ${args} }`, input)).error
    t.match(await bad("headers: { a: '${ .x }' }", { x: {} }), { type: /expression$/, detail: /header a must be/ })
    t.match(await bad("headers: { a: '${ .x }' }", { x: 'one\r\nx-injected: two' }), {
      type: /expression$/,
      detail: /characters that a header cannot hold/
    })
    t.match(await bad("headers: '${ .x }'", { x: { 'bad name': 'v' } }), {
      type: /expression$/,
      detail: /cannot name a header/
    })
    t.match(await bad("query: '${ .x }'", { x: [1] }), { type: /expression$/, detail: /must be an object/ })
  }
)

t.test(
  "URI templates: RFC 6570 simple expansion from top-level keys of the task's input; a missing key is empty; " +
    'an object or array is an expression error',
  async (t) => {
    const path = async (template: string, input: object): Promise<unknown> => {
      const { output, error } = await call(`{ method: get, endpoint: '${upstream.url}${template}' }`, input)
      return error ?? (upstream.seen.at(-1)?.path ?? '') + (output === undefined ? '?' : '')
    }
    t.equal(await path('/a/{id}/b', { id: 7 }), '/a/7/b')
    t.equal(await path('/{id}', { id: 'ü /?#%&=+' }), '/%C3%BC%20%2F%3F%23%25%26%3D%2B')
    t.equal(await path('/x{gone}y', {}), '/xy')
    t.equal(await path('/{a,b}', { a: 1, b: true }), '/1,true')
    t.equal(await path('/{constructor}{toString}z', { a: 1 }), '/z', 'only own keys')
    t.match(await path('/{o}', { o: { a: 1 } }), { type: /expression$/, status: 400 })
    t.match(await path('/{o}', { o: [1] }), { type: /expression$/ })
    for (const input of [{ a: '..' }, { a: '.' }, { a: '.', b: '.' }])
      t.match(
        await path('/users/{a}{b}/orders', input),
        { detail: /segment/ },
        'a value cannot climb out of its place in the path'
      )
    t.equal(await path('/users/{a}/orders', { a: '../..' }), '/users/..%2F../orders')
    t.match(await lint(`- c: { call: http, with: { method: get, endpoint: 'http://h/{+a}/{b' } }`), [
      /brace|simple expansion/
    ])
  }
)

t.test('an endpoint that an expression gives must be an absolute http(s) URL without user information', async (t) => {
  const to = async (uri: unknown): Promise<unknown> =>
    (await call("{ method: get, endpoint: '${ .uri }' }", { uri })).error
  for (const uri of ['/relative', 'file:///etc/passwd', 'http://user:pw@127.0.0.1/', 'gopher://x', 5, null])
    t.match(await to(uri), { type: /expression$/ }, String(uri))
  t.equal(await to(`${upstream.url}/`), undefined)
})

t.test('basic and bearer in full, by name and by secret', async (t) => {
  const ports = testPorts()
  Object.assign(ports.vault, { login: { username: 'ü', password: 'p:w' }, key: 'k1', shaped: { token: 'k2' } })
  const header = async (authentication: string): Promise<unknown> => {
    const { outcome } = await run(
      `
      use:
        secrets: [login, key, shaped]
        authentications: { named: { basic: { username: a, password: b } } }
      do:
        - c: { call: http, with: { method: get, endpoint: { uri: '${upstream.url}/',
              authentication: ${authentication} } } }
    `,
      {},
      { testPorts: ports }
    )
    return outcome.status === 'succeeded' ? upstream.seen.at(-1)?.headers.authorization : outcome
  }
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  t.equal(await header('{ use: named }'), basic('a:b'))
  t.equal(await header('{ basic: { username: x, password: "${ $secrets.login.password }" } }'), basic('x:p:w'))
  t.equal(await header('{ basic: { use: login } }'), basic('ü:p:w'))
  t.equal(await header('{ bearer: { use: key } }'), 'Bearer k1')
  t.equal(await header('{ bearer: { use: shaped } }'), 'Bearer k2')
  t.match(await header('{ basic: { use: key } }'), { status: 'failed', error: { type: /configuration$/ } })
})

t.test('digest, oauth2 and oidc reach the port as evaluated data', async (t) => {
  const ports = testPorts()
  ports.vault['client'] = 'shh'
  ports.http = async (asked) => {
    ports.called.push(asked)
    return { status: 200, headers: {}, body: new Uint8Array(), url: asked.url }
  }
  const { secrets } = await run(
    `
    use: { secrets: [client] }
    do:
      - a: { call: http, with: { method: get, endpoint: { uri: 'http://127.0.0.1:1/', authentication: { digest: {
            username: u, password: pw1 } } } } }
      - b: { call: http, with: { method: get, endpoint: { uri: 'http://127.0.0.1:1/', authentication: { oauth2: {
            authority: 'https://id.example', grant: client_credentials, client: { id: me,
            secret: '\${ $secrets.client }' }, scopes: [a, b], endpoints: { token: /t } } } } } }
      - c: { call: http, with: { method: get, endpoint: { uri: 'http://127.0.0.1:1/', authentication: { oidc: {
            authority: 'https://id.example', grant: refresh_token, client: { id: me, authentication: none }, subject: {
            token: r1, type: refresh }, request: { encoding: application/json } } } } } }
  `,
    {},
    { testPorts: ports }
  )
  t.same(
    ports.called.map(({ authentication }) => authentication),
    [
      { scheme: 'digest', username: 'u', password: 'pw1' },
      {
        scheme: 'oauth2',
        authority: 'https://id.example',
        grant: 'client_credentials',
        client: { id: 'me', secret: 'shh', authentication: 'client_secret_post' },
        endpoints: { token: '/t', revocation: '/oauth2/revoke', introspection: '/oauth2/introspect' },
        encoding: 'application/x-www-form-urlencoded',
        issuers: [],
        scopes: ['a', 'b'],
        audiences: []
      },
      {
        scheme: 'oidc',
        authority: 'https://id.example',
        grant: 'refresh_token',
        client: { id: 'me', authentication: 'none' },
        endpoints: { token: '/oauth2/token', revocation: '/oauth2/revoke', introspection: '/oauth2/introspect' },
        encoding: 'application/json',
        issuers: [],
        scopes: [],
        audiences: [],
        subject: { token: 'r1', type: 'refresh' }
      }
    ]
  )
  for (const secret of ['pw1', 'shh', 'r1']) t.ok(secrets.includes(secret), `${secret} is told to the recorder`)
})
