import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  createEgress,
  EgressError,
  type Egress,
  type EgressErrorCode,
  type EgressOptions,
  type EgressRequest
} from '../../../src/platform/egress/index.ts'
import { startUpstream, type Upstream } from '../../fixtures/upstream.ts'

async function start(t: Test, options: Partial<EgressOptions> = {}): Promise<{ egress: Egress; upstream: Upstream }> {
  const upstream = await startUpstream()
  const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`], ...options })
  t.teardown(async () => {
    upstream.release()
    await egress.close()
    await upstream.close()
  })
  return { egress, upstream }
}

/** A server that answers in bytes, for what no HTTP server would say. */
async function startRaw(t: Test, answer: (socket: Socket, request: string) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('data', (chunk) => answer(socket, chunk.toString()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/`
}

async function fails(
  t: Test,
  egress: Egress,
  request: EgressRequest,
  code: EgressErrorCode,
  message: RegExp,
  title: string = code
): Promise<void> {
  const error: unknown = await egress.request(request).catch((error: unknown) => error)
  t.ok(error instanceof EgressError, `${title}: it fails as an EgressError`)
  if (error instanceof EgressError) t.match({ code: error.code, message: error.message }, { code, message }, title)
}

t.test('a request arrives as it was given and its answer comes back', async (t) => {
  const { egress, upstream } = await start(t)
  const response = await egress.request({
    method: 'post',
    url: `${upstream.url}/echo?a=1&b=%20#fragment`,
    headers: { 'Content-Type': 'text/plain', 'X-Many': ['one', 'two'] },
    body: 'gr\u00fc\u00dfe'
  })
  t.equal(response.status, 200)
  t.equal(response.url, `${upstream.url}/echo?a=1&b=%20`)
  t.equal(response.redirects, 0)
  t.equal(response.headers['content-type'], 'application/json')
  t.match(JSON.parse(response.body.toString()), {
    method: 'POST',
    path: '/echo',
    query: { a: '1', b: ' ' },
    body: 'gr\u00fc\u00dfe'
  })
  const [request] = upstream.requests
  t.match(request?.headers, {
    'content-type': 'text/plain',
    'x-many': 'one, two',
    'user-agent': 'sluice',
    accept: '*/*',
    host: `127.0.0.1:${upstream.port}`
  })
})

t.test('every status is an answer, not an error', async (t) => {
  const { egress, upstream } = await start(t)
  for (const status of [200, 201, 204, 301, 304, 400, 401, 404, 418, 429, 500, 503]) {
    const response = await egress.request({ method: 'GET', url: `${upstream.url}/status/${status}` })
    t.equal(response.status, status)
  }
})

t.test('binary bodies pass unchanged both ways', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const url = await startRaw(t, (socket) =>
    socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 256\r\n\r\n'), bytes]))
  )
  const egress = createEgress({ allow: ['127.0.0.1'] })
  t.teardown(() => egress.close())
  const response = await egress.request({ method: 'PUT', url, body: new Uint8Array(bytes) })
  t.same(response.body, bytes)
})

t.test("the caller's headers cannot change the framing, the host or the line", async (t) => {
  const { egress, upstream } = await start(t)
  const url = `${upstream.url}/echo`
  for (const name of [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'Keep-Alive',
    'upgrade',
    'TE',
    'trailer',
    'Expect',
    'proxy-authorization',
    'Proxy-Connection'
  ]) {
    await fails(
      t,
      egress,
      { method: 'GET', url, headers: { [name]: '1' } },
      'protocol',
      new RegExp(`${name.toLowerCase()} is set by the gateway`),
      name
    )
  }
  for (const value of ['a\r\nx-injected: 1', 'a\nb', 'a\rb', 'a\0b', 'snow\u2603', '\u007f']) {
    await fails(
      t,
      egress,
      { method: 'GET', url, headers: { 'x-value': value } },
      'protocol',
      /^The request header x-value has a character/,
      JSON.stringify(value)
    )
  }
  for (const name of ['', 'a b', 'a:b', 'x\r\ny', '\u00fc', '(x)'])
    await fails(
      t,
      egress,
      { method: 'GET', url, headers: { [name]: '1' } },
      'protocol',
      /name that HTTP does not allow/,
      JSON.stringify(name)
    )
  await fails(
    t,
    egress,
    { method: 'GET', url, headers: { accept: 'a', Accept: 'b' } },
    'protocol',
    /accept is given twice/
  )
  await fails(
    t,
    egress,
    { method: 'GET', url, headers: { 'x-large': 'x'.repeat(33 * 1024) } },
    'too_large',
    /request headers are larger/
  )
  for (const method of ['', 'GE T', 'GET\r\n', 'x'.repeat(33)])
    await fails(t, egress, { method, url }, 'protocol', /method is not one/, JSON.stringify(method))
  for (const method of ['CONNECT', 'trace', 'TRACK'])
    await fails(t, egress, { method, url }, 'refused', /is not sent/, method)
  t.equal(upstream.requests.length, 0)
})

t.test("an answer's headers: repeated ones joined, names that are members of every object kept apart", async (t) => {
  const url = await startRaw(t, (socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nX-A: 1\r\nx-a: 2\r\n__proto__: p\r\nconstructor: c\r\nKeep-Alive: ' +
        'timeout=5\r\n\r\n'
    )
  )
  const egress = createEgress({ allow: ['127.0.0.1'] })
  t.teardown(() => egress.close())
  const { headers } = await egress.request({ method: 'GET', url })
  t.same(Object.entries(headers).toSorted(), [
    ['__proto__', 'p'],
    ['constructor', 'c'],
    ['content-length', '0'],
    ['x-a', '1, 2']
  ])
  t.equal(headers['toString'], undefined)
})

t.test('too_large: a huge body ends at the limit', async (t) => {
  const { egress, upstream } = await start(t)
  await fails(
    t,
    egress,
    { method: 'GET', url: `${upstream.url}/huge?bytes=${2 ** 40}` },
    'too_large',
    /more than 10485760 bytes/
  )
  await fails(
    t,
    egress,
    { method: 'GET', url: `${upstream.url}/huge?bytes=1001`, maxResponseBytes: 1000 },
    'too_large',
    /more than 1000 bytes/
  )
  t.equal(
    (await egress.request({ method: 'GET', url: `${upstream.url}/huge?bytes=1000`, maxResponseBytes: 1000 })).body
      .length,
    1000,
    'the limit itself is allowed'
  )
  for (const maxResponseBytes of [Number.NaN, Infinity, 2 ** 40]) {
    await fails(
      t,
      egress,
      { method: 'GET', url: `${upstream.url}/huge?bytes=${2 ** 40}`, maxResponseBytes },
      'too_large',
      /more than 10485760 bytes/,
      `a request cannot raise it by ${maxResponseBytes}`
    )
  }
})

t.test('too_large: too many header bytes', async (t) => {
  const url = await startRaw(t, (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: ${'x'.repeat(40 * 1024)}\r\n\r\n`)
  )
  const egress = createEgress({ allow: ['127.0.0.1'] })
  t.teardown(() => egress.close())
  await fails(t, egress, { method: 'GET', url }, 'too_large', /too many header bytes/)
})

t.test('timeout: an answer that does not come, one that trickles, a connection that is not made', async (t) => {
  const { egress, upstream } = await start(t)
  await fails(
    t,
    egress,
    { method: 'GET', url: `${upstream.url}/delay`, totalTimeoutMs: 30 },
    'timeout',
    /^The call took longer than 0\.03 s$/
  )
  const url = await startRaw(t, (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx'))
  const other = createEgress({ allow: ['127.0.0.1', 'slow.example'], limits: { totalTimeoutMs: 40 } })
  t.teardown(() => other.close())
  await fails(
    t,
    other,
    { method: 'GET', url, totalTimeoutMs: 60_000 },
    'timeout',
    /longer than 0\.04 s/,
    'a request cannot raise it'
  )
  const unresolved = createEgress({ allow: [], limits: { connectTimeoutMs: 20 }, lookup: () => {} })
  t.teardown(() => unresolved.close())
  await fails(
    t,
    unresolved,
    { method: 'GET', url: 'http://slow.example/' },
    'timeout',
    /slow\.example:80 did not accept a connection in time/
  )
})

t.test('aborted: the caller hears at once, and the socket is freed', async (t) => {
  const { egress, upstream } = await start(t)
  const controller = new AbortController()
  const call = egress.request({ method: 'GET', url: `${upstream.url}/delay`, signal: controller.signal })
  await upstream.received('/delay')
  t.equal(upstream.openSockets(), 1)
  controller.abort()
  await t.rejects(call, { code: 'aborted', message: 'The call was cancelled' })
  while (upstream.openSockets() > 0) await nextTurn()
  t.equal(upstream.openSockets(), 0)
  await fails(
    t,
    egress,
    { method: 'GET', url: `${upstream.url}/echo`, signal: controller.signal },
    'aborted',
    /cancelled/,
    'a signal that was aborted before'
  )
  t.equal(upstream.requests.length, 1)
  t.equal(egress.stats().inFlight, 0)
})

t.test('aborted: also while it waits for a free connection, and the request is never sent', async (t) => {
  const { egress, upstream } = await start(t, { limits: { connectionsPerOrigin: 1 } })
  const first = egress.request({ method: 'GET', url: `${upstream.url}/delay` })
  await upstream.received('/delay')
  const controller = new AbortController()
  const second = egress.request({ method: 'POST', url: `${upstream.url}/echo`, signal: controller.signal })
  controller.abort()
  await t.rejects(second, { code: 'aborted' })
  upstream.release()
  t.equal((await first).status, 200)
  t.equal(
    (await egress.request({ method: 'GET', url: `${upstream.url}/json` })).status,
    200,
    'the connection is still of use'
  )
  t.same(
    upstream.requests.map(({ path }) => path),
    ['/delay', '/json']
  )
})

t.test('connections are kept and used again, within their cap', async (t) => {
  const { egress, upstream } = await start(t, { limits: { connectionsPerOrigin: 2 } })
  await Promise.all(Array.from({ length: 20 }, () => egress.request({ method: 'GET', url: `${upstream.url}/json` })))
  t.equal(upstream.requests.length, 20)
  t.equal(upstream.connections(), 2)
  t.match(egress.stats(), { requests: 20, inFlight: 0, connections: { origins: 1, open: 2, waiting: 0 } })
})

t.test('a connection that the upstream gave up is replaced once, for methods that may be sent twice', async (t) => {
  const { egress, upstream } = await start(t)
  t.equal((await egress.request({ method: 'GET', url: `${upstream.url}/drop-once` })).status, 200)
  t.equal(egress.stats().retries, 1)
  await fails(
    t,
    egress,
    { method: 'GET', url: `${upstream.url}/drop` },
    'connect',
    /closed the connection before its answer was complete/
  )
  t.equal(upstream.requests.filter(({ path }) => path === '/drop').length, 2, 'one retry, no more')
  await fails(t, egress, { method: 'POST', url: `${upstream.url}/drop`, body: 'x' }, 'connect', /closed the connection/)
  t.equal(
    upstream.requests.filter(({ method, path }) => method === 'POST' && path === '/drop').length,
    1,
    'POST is not sent again'
  )
})

t.test('once a byte of the answer came, nothing is sent again', async (t) => {
  let requests = 0
  const url = await startRaw(t, (socket) => {
    requests++
    socket.end('HTTP/1.1 200 OK\r\ncontent-le')
  })
  const egress = createEgress({ allow: ['127.0.0.1'] })
  t.teardown(() => egress.close())
  await t.rejects(egress.request({ method: 'GET', url }), EgressError)
  t.equal(requests, 1)
})

t.test('connect, dns, protocol: what went wrong is said without an address that DNS gave', async (t) => {
  const lookup: EgressOptions['lookup'] = (hostname, _options, callback) => {
    if (hostname === 'here.example') callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), [])
  }
  const egress = createEgress({ allow: ['127.0.0.1', 'here.example'], lookup })
  t.teardown(() => egress.close())
  const closed = await startUpstream()
  await closed.close()
  const error: unknown = await egress
    .request({ method: 'GET', url: `http://here.example:${closed.port}/` })
    .catch((error: unknown) => error)
  t.match(error, { code: 'connect', message: `here.example:${closed.port} could not be connected to (ECONNREFUSED)` })
  await fails(
    t,
    egress,
    { method: 'GET', url: 'http://absent.example/' },
    'dns',
    /^The name of absent\.example:80 could not be resolved$/
  )
  const garbage = await startRaw(t, (socket) => socket.write('NOT HTTP AT ALL\r\n\r\n'))
  await fails(t, egress, { method: 'GET', url: garbage }, 'protocol', /broke the HTTP protocol/)
  const short = await startRaw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx'))
  await fails(
    t,
    egress,
    { method: 'GET', url: short },
    'connect',
    /closed the connection before its answer was complete/,
    'a body shorter than it said'
  )
})

t.test('a name with several addresses is reached at one that answers', async (t) => {
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const egress = createEgress({
    allow: ['twin.example'],
    lookup: (_hostname, _options, callback) =>
      callback(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 }
      ])
  })
  t.teardown(() => egress.close())
  t.equal((await egress.request({ method: 'GET', url: `http://twin.example:${upstream.port}/json` })).status, 200)
})

t.test('after close, calls are turned away', async (t) => {
  const { egress, upstream } = await start(t)
  await egress.request({ method: 'GET', url: `${upstream.url}/json` })
  await egress.close()
  await fails(t, egress, { method: 'GET', url: `${upstream.url}/json` }, 'aborted', /gateway is stopping/)
  t.equal(egress.stats().failures.aborted, 1)
})

t.test('a limit that is no positive integer is refused at once', async (t) => {
  for (const limits of [
    { totalTimeoutMs: 0 },
    { maxResponseBytes: Number.NaN },
    { connectionsPerOrigin: 1.5 },
    { maxRedirects: -1 }
  ]) {
    t.throws(() => createEgress({ allow: [], limits }), RangeError)
  }
  t.doesNotThrow(() => createEgress({ allow: [], limits: { maxRedirects: 0 } }))
})

t.test(
  'a request that may not be sent any more in its last moment is withheld: the upstream sees nothing of it',
  async (t) => {
    const { egress, upstream } = await start(t)
    const url = `${upstream.url}/echo`
    let asked = 0
    const never = (): boolean => {
      asked++
      return false
    }
    await fails(
      t,
      egress,
      { method: 'POST', url, body: 'x', maySend: never },
      'withheld',
      /not sent/,
      'on a new connection'
    )
    t.equal((await egress.request({ method: 'POST', url, body: 'y', maySend: () => true })).status, 200)
    await fails(t, egress, { method: 'GET', url, maySend: never }, 'withheld', /not sent/, 'on one that is kept alive')
    t.equal(asked, 2, 'it is not asked again')
    t.strictSame(
      upstream.requests.map(({ body }) => body),
      ['y']
    )
    let sent = 0
    await fails(
      t,
      egress,
      { method: 'GET', url: `${upstream.url}/redirect/302?to=/echo`, redirect: 'follow', maySend: () => sent++ === 0 },
      'withheld',
      /not sent/,
      'after a redirect'
    )
  }
)
