import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { createEgress, type Egress, type EgressOptions } from '../../../src/platform/egress/index.ts'
import { nextRequest } from '../../../src/platform/egress/redirect.ts'
import { startUpstream, type Upstream } from '../../fixtures/upstream.ts'

async function start(
  t: Test,
  options: Partial<EgressOptions> = {}
): Promise<{ egress: Egress; upstream: Upstream; other: Upstream }> {
  const [upstream, other] = await Promise.all([startUpstream(), startUpstream()])
  const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${other.port}`], ...options })
  t.teardown(async () => {
    await egress.close()
    await Promise.all([upstream.close(), other.close()])
  })
  return { egress, upstream, other }
}

const to = (location: string, status: number): string => `/redirect?status=${status}&to=${encodeURIComponent(location)}`

t.test('by default a 3xx is given back as it is', async (t) => {
  const { egress, upstream } = await start(t)
  const response = await egress.request({ method: 'GET', url: `${upstream.url}${to('/echo', 302)}` })
  t.match(response, { status: 302, redirects: 0, headers: { location: '/echo' } })
  t.equal(upstream.requests.length, 1)
})

t.test('following: method and body change as the Fetch standard says', async (t) => {
  const { egress, upstream } = await start(t)
  const cases: [number, string, string, string][] = [
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'POST', 'POST', 'body'],
    [301, 'PUT', 'PUT', 'body'],
    [302, 'DELETE', 'DELETE', 'body'],
    [303, 'PUT', 'GET', ''],
    [302, 'GET', 'GET', ''],
    [307, 'PATCH', 'PATCH', 'body']
  ]
  for (const [status, method, expected, body] of cases) {
    const response = await egress.request({
      method,
      url: `${upstream.url}${to('/echo?x=1', status)}`,
      redirect: 'follow',
      headers: { 'content-type': 'text/plain', 'x-kept': '1' },
      ...(method === 'GET' ? {} : { body: 'body' })
    })
    const echoed = JSON.parse(response.body.toString())
    t.match(echoed, { method: expected, body, query: { x: '1' }, headers: { 'x-kept': '1' } }, `${status} ${method}`)
    if (method !== 'GET')
      t.equal('content-type' in echoed.headers, body !== '', `${status} ${method}: the body's headers go with it`)
    t.match(response, { redirects: 1, url: `${upstream.url}/echo?x=1` })
  }
  const head = await egress.request({ method: 'HEAD', url: `${upstream.url}${to('/echo', 303)}`, redirect: 'follow' })
  t.equal(head.status, 200)
  t.equal(upstream.requests.at(-1)?.method, 'HEAD', '303 HEAD stays HEAD')
})

t.test('following: credentials stay at the origin they were for', async (t) => {
  const { egress, upstream, other } = await start(t)
  const headers = { Authorization: 'Bearer s3cret', Cookie: 'a=s3cret', 'X-Api-Key': 's3cret', 'x-open': 'yes' }
  const across = await egress.request({
    method: 'GET',
    url: `${upstream.url}${to(`${other.url}/echo`, 302)}`,
    redirect: 'follow',
    headers,
    holdsSecret: (text) => text.includes('s3cret')
  })
  const received = JSON.parse(across.body.toString()).headers
  t.equal(received['x-open'], 'yes')
  t.notMatch(JSON.stringify(received), 's3cret')
  const within = await egress.request({
    method: 'GET',
    url: `${upstream.url}${to('/echo', 302)}`,
    redirect: 'follow',
    headers,
    holdsSecret: (text) => text.includes('s3cret')
  })
  t.match(JSON.parse(within.body.toString()).headers, {
    authorization: 'Bearer s3cret',
    cookie: 'a=s3cret',
    'x-api-key': 's3cret'
  })
})

t.test('following: credentials that were dropped do not come back with a redirect back', async (t) => {
  const { egress, upstream, other } = await start(t)
  const back = `${other.url}${to(`${upstream.url}/echo`, 302)}`
  const response = await egress.request({
    method: 'GET',
    url: `${upstream.url}${to(back, 302)}`,
    redirect: 'follow',
    headers: { authorization: 'Bearer s3cret' }
  })
  t.match(response, { redirects: 2, url: `${upstream.url}/echo` })
  t.notMatch(JSON.parse(response.body.toString()).headers, { authorization: 'Bearer s3cret' })
})

t.test('too_many_redirects: a chain ends at the limit, a loop too', async (t) => {
  const { egress, upstream } = await start(t)
  t.equal(
    (await egress.request({ method: 'GET', url: `${upstream.url}/redirects/5`, redirect: 'follow' })).redirects,
    5
  )
  await t.rejects(egress.request({ method: 'GET', url: `${upstream.url}/redirects/6`, redirect: 'follow' }), {
    code: 'too_many_redirects',
    message: /after 5 redirects/
  })
  const before = upstream.requests.length
  await t.rejects(egress.request({ method: 'GET', url: `${upstream.url}/redirect-loop`, redirect: 'follow' }), {
    code: 'too_many_redirects'
  })
  t.equal(upstream.requests.length - before, 6)
})

t.test('following: other schemes, credentials in the location and unreadable ones are refused', async (t) => {
  const { egress, upstream } = await start(t)
  for (const [location, code] of [
    ['file:///etc/passwd', 'refused'],
    ['javascript:alert(1)', 'refused'],
    ['ftp://127.0.0.1/', 'refused'],
    [`http://user:pass@127.0.0.1:${upstream.port}/`, 'invalid_url'],
    ['http://[::1', 'protocol'],
    ['http://127.0.0.1:1/', 'refused'],
    ['//localhost/', 'refused']
  ] as const) {
    await t.rejects(
      egress.request({ method: 'GET', url: `${upstream.url}${to(location, 302)}`, redirect: 'follow' }),
      { code },
      location
    )
  }
})

t.test('a 3xx without a location, or with a status that is no redirect, is the answer', async (t) => {
  const { egress, upstream } = await start(t)
  for (const status of [300, 304, 305, 399])
    t.equal(
      (await egress.request({ method: 'GET', url: `${upstream.url}${to('/echo', status)}`, redirect: 'follow' }))
        .status,
      status
    )
  t.equal((await egress.request({ method: 'GET', url: `${upstream.url}/status/302`, redirect: 'follow' })).status, 302)
})

t.test('from https to http is refused, from http to https and within https is not', async (t) => {
  const request = (url: string): Parameters<typeof nextRequest>[0] => ({
    method: 'GET',
    url: new URL(url),
    headers: [],
    body: undefined
  })
  t.throws(() => nextRequest(request('https://a.example/'), 302, 'http://a.example/', () => false), { code: 'refused' })
  t.equal(
    nextRequest(request('http://a.example/'), 302, 'https://a.example/', () => false)?.url.href,
    'https://a.example/'
  )
  t.equal(nextRequest(request('https://a.example/x/y'), 302, '../z', () => false)?.url.href, 'https://a.example/z')
  t.throws(
    () => nextRequest(request('http://a.example/'), 302, ['/a', '/b'], () => false),
    { code: 'protocol' },
    'two locations'
  )
})

t.test('following: a secret in a body or in the new URL does not leave for another origin', async (t) => {
  const { egress, upstream, other } = await start(t)
  const send = (target: string, status: number, body: string | Buffer): Promise<{ status: number }> =>
    egress.request({
      method: 'POST',
      url: `${upstream.url}${to(target, status)}`,
      redirect: 'follow',
      body,
      holdsSecret: (text) => text.includes('s3cret')
    })
  for (const status of [307, 308])
    for (const body of ['{"password":"s3cret"}', Buffer.from([0xff, ...Buffer.from('s3cret')])])
      await t.rejects(send(`${other.url}/echo`, status, body), { code: 'refused' }, `${status}`)
  await t.rejects(send(`${other.url}/echo?key=s3cret`, 302, 'x'), { code: 'refused' }, 'the URL')
  t.equal(other.requests.length, 0)
  t.equal((await send(`${other.url}/echo`, 302, 's3cret')).status, 200, 'a body that is dropped')
  t.equal((await send(`${other.url}/echo`, 307, 'open')).status, 200)
  t.equal((await send('/echo?key=s3cret', 307, 's3cret')).status, 200, 'the same origin')
})

t.test('a query goes out as it was written, in a request and in the location of a redirect', async (t) => {
  const urls: string[] = []
  const server = createServer((request, response) => {
    urls.push(request.url ?? '')
    if (request.url?.startsWith('/from')) response.writeHead(302, { location: "/to?a='b'&c=~%2f|" }).end()
    else response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const own = createEgress({ allow: [`127.0.0.1:${port}`] })
  t.teardown(() => own.close())
  const base = `http://127.0.0.1:${port}`
  for (const query of ["?$filter=Name%20eq%20'x'", '?sig=ab~c&p=a%2Fb&flag', '?', '', '?a={b}&c=[d]|^`'])
    await own.request({ method: 'GET', url: `${base}/A${query}` })
  await own.request({ method: 'GET', url: `${base}/A?sp=a b&q="é"<>#part` })
  await own.request({ method: 'GET', url: `${base}/from`, redirect: 'follow' })
  t.same(urls, [
    "/A?$filter=Name%20eq%20'x'",
    '/A?sig=ab~c&p=a%2Fb&flag',
    '/A?',
    '/A',
    '/A?a={b}&c=[d]|^`',
    '/A?sp=a%20b&q=%22%C3%A9%22%3C%3E',
    '/from',
    "/to?a='b'&c=~%2f|"
  ])
})

t.test('several Set-Cookie stay several; other repeated fields are joined', async (t) => {
  const server = createServer((request, response) => {
    const cookies = ['A=a,b; Path=/', 'B=c; Expires=Wed, 21 Oct 2026 07:28:00 GMT']
    response.setHeader('set-cookie', request.url === '/one' ? cookies.slice(0, 1) : cookies)
    response.setHeader('link', ['<a>; rel=next', '<b>; rel=prev'])
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const own = createEgress({ allow: [`127.0.0.1:${port}`] })
  t.teardown(() => own.close())
  const headers = async (path: string) =>
    (await own.request({ method: 'GET', url: `http://127.0.0.1:${port}${path}` })).headers
  t.match(await headers('/'), {
    'set-cookie': ['A=a,b; Path=/', 'B=c; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
    link: '<a>; rel=next, <b>; rel=prev'
  })
  t.match(await headers('/one'), { 'set-cookie': 'A=a,b; Path=/' })
})
