import { connect } from 'node:net'
import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, url } = await startSluice(t, { trustProxy: ['127.0.0.0/8'] })
const owner = await client.signUp('Ada')
let token = ''
let path = ''
await t.test('control: the token calls the listener', async (t) => {
  token = (await createToken(t, client, owner)).token
  path = (await createEchoListener(t, client, owner)).path
  t.equal((await client.call('GET', path, { as: token })).status, 200)
})
const bearer = `Authorization: Bearer ${token}`

/** Sends these very bytes, and reads until the other side hangs up. */
function send(lines: readonly string[], body = ''): Promise<{ status: number; all: string; json: any }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let all = ''
    socket.on('data', (chunk) => (all += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => {
      const text = all.slice(all.lastIndexOf('\r\n\r\n') + 4)
      resolve({
        status: Number(all.split(' ')[1]),
        all,
        json: text.startsWith('{') ? JSON.parse(text) : undefined
      })
    })
    socket.write([...lines, 'Connection: close', '', body].join('\r\n'))
  })
}

t.test('400: none, two or a malformed Host is a problem', async (t) => {
  const hosts = [
    [],
    ['Host: a', 'Host: a'],
    ['Host: evil"><x'],
    ['Host: a b'],
    ['Host: a/b'],
    ['Host: [::1'],
    ['Host:']
  ]
  for (const host of hosts)
    t.match(
      await send([`GET ${path} HTTP/1.1`, ...host, bearer]),
      { status: 400, json: { code: 'invalid_request' }, all: /application\/problem\+json/ },
      host.join()
    )
  for (const host of ['a', 'a.example:8080', '127.0.0.1', '[::1]:443', 'xn--bcher-kva.example'])
    t.equal((await send([`GET ${path} HTTP/1.1`, `Host: ${host}`, bearer])).status, 200, host)
  t.equal((await send([`GET ${path} HTTP/1.0`, bearer])).status, 200, 'HTTP/1.0 has none')
})

t.test('405: CONNECT is answered with a problem', async (t) => {
  t.match(await send(['CONNECT a.example:443 HTTP/1.1', 'Host: a.example:443']), {
    status: 405,
    json: { code: 'method_not_allowed' },
    all: /Allow: GET/
  })
})

t.test('501: a transfer coding other than chunked is not taken for chunked', async (t) => {
  const chunks = '2\r\n{}\r\n0\r\n\r\n'
  for (const coding of ['gzip, chunked', 'deflate,chunked', 'chunked, chunked'])
    t.match(
      await send([`POST ${path} HTTP/1.1`, 'Host: a', bearer, `Transfer-Encoding: ${coding}`], chunks),
      { status: /501|400/, json: { code: 'invalid_request' } },
      coding
    )
  const taken = ['Content-Type: application/json', 'Transfer-Encoding: Chunked']
  t.equal((await send([`POST ${path} HTTP/1.1`, 'Host: a', bearer, ...taken], chunks)).status, 200)
})

t.test('a target in absolute form is its path and query; one with a fragment is refused', async (t) => {
  t.match((await send([`GET http://a.example${path}?x=1 HTTP/1.1`, 'Host: a.example', bearer])).json, {
    query: { x: '1' }
  })
  t.match((await send([`GET HTTPS://a.example:8443${path} HTTP/1.1`, 'Host: a.example', bearer])).json, {
    caller: { kind: 'token' }
  })
  t.equal((await send(['GET http://a.example HTTP/1.1', 'Host: a.example'])).status, 200)
  t.match(await send([`GET ${path}#x?y=1 HTTP/1.1`, 'Host: a', bearer]), {
    status: 400,
    json: { code: 'invalid_request' }
  })
})

t.test('100 Continue comes after the credential was looked at, and not for a body that is too large', async (t) => {
  const post = (credential: string[], length: number, body = ''): ReturnType<typeof send> =>
    send(
      [
        `POST ${path} HTTP/1.1`,
        'Host: a',
        ...credential,
        'Content-Type: application/json',
        `Content-Length: ${length}`,
        'Expect: 100-continue'
      ],
      body
    )
  const taken = await post([bearer], 2, '{}')
  t.match(taken.all, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  for (const credential of [[], ['Authorization: Bearer slc_x'], [bearer, 'access_token: x']])
    t.match((await post(credential, 900_000)).all, /^HTTP\/1\.1 40[01] /, credential.join())
  t.match((await post([bearer], 90_000_000)).all, /^HTTP\/1\.1 413 /)
  t.match(
    (
      await send([
        'POST /v1/workspaces HTTP/1.1',
        'Host: a',
        'Content-Type: application/json',
        'Content-Length: 900000',
        'Expect: 100-continue'
      ])
    ).all,
    /^HTTP\/1\.1 401 /
  )
})

t.test('415: a management call takes no compressed body, and says so', async (t) => {
  const answer = await client.call('POST', '/v1/workspaces', {
    as: owner.session,
    raw: 'x',
    headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
  })
  t.match(answer, { status: 415, headers: { 'accept-encoding': 'identity' } })
})

t.test('X-Forwarded-For is read with ports and brackets; what is no address counts as the proxy', async (t) => {
  const { token: bound } = await createToken(t, client, owner, { allowedIps: ['203.0.113.7', '2001:db8::/32'] })
  for (const [forwarded, status] of [
    ['203.0.113.7', 200],
    ['203.0.113.7:5678', 200],
    ['[2001:db8::1]:443', 200],
    ['[2001:db8::1]', 200],
    ['2001:db8::1', 200],
    ['::ffff:203.0.113.7', 200],
    ['[::ffff:203.0.113.7]:80', 200],
    ['198.51.100.1, 203.0.113.7:80', 200],
    ['198.51.100.1:5678', 401],
    ['unknown', 401],
    ['203.0.113.7, unknown', 401],
    ['203.0.113.7, 198.51.100.1', 401],
    ['203.0.113.7:x', 401],
    ['', 401]
  ] as const) {
    const answer = await client.call('GET', path, { as: bound, headers: { 'X-Forwarded-For': forwarded } })
    t.equal(answer.status, status, forwarded)
  }
  const tries: number[] = []
  for (let port = 41_000; port < 41_013; port++)
    tries.push(
      (
        await client.call('POST', '/v1/sessions', {
          body: { email: 'nobody@example.com', password: 'wrong password 1' },
          headers: { 'X-Forwarded-For': `[2001:db8:9::1]:${port}` }
        })
      ).status
    )
  t.equal(tries.at(-1), 429, 'each port is the same address')
})

t.test('404: an absent customer with an id of 255 characters is absent, not malformed', async (t) => {
  const answer = await client.call('GET', `/v1/workspaces/${owner.workspaceId}/customers/${'c'.repeat(255)}`, {
    as: owner.session
  })
  t.match(answer, { status: 404, json: { code: 'not_found' } })
})
