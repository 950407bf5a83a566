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
    credentialHeaders: ['x-api-KEY']
  })
  const received = JSON.parse(across.body.toString()).headers
  t.equal(received['x-open'], 'yes')
  t.notMatch(JSON.stringify(received), 's3cret')
  const within = await egress.request({
    method: 'GET',
    url: `${upstream.url}${to('/echo', 302)}`,
    redirect: 'follow',
    headers,
    credentialHeaders: ['x-api-key']
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
