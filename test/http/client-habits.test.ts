import { connect } from 'node:net'
import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { startUpstream } from '../fixtures/upstream.ts'
import { until } from '../fixtures/until.ts'

// What clients of many languages and tools really send.

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const { client, url, services } = await startSluice(t, { egressAllow: ['127.0.0.1'], trustProxy: ['127.0.0.0/8'] })
const ada = await client.signUp('Ada')
const at = `/v1/workspaces/${ada.workspaceId}`
let token = ''
let path = ''
t.before(async () => {
  token = (await createToken(t, client, ada)).token
  path = (await createEchoListener(t, client, ada)).path
})

interface RawAnswer {
  status: number
  head: string
  json: any
}

/** Sends these very lines, and reads until the answer is whole or the other side hangs up. */
function send(lines: readonly string[], body = ''): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let all = ''
    const end = (): void => {
      const [head = '', text = ''] = all.split('\r\n\r\n')
      resolve({ status: Number(all.split(' ')[1]), head, json: text.startsWith('{') ? JSON.parse(text) : undefined })
      socket.destroy()
    }
    socket.on('data', (chunk) => {
      all += chunk.toString('latin1')
      const [head = '', text] = all.split('\r\n\r\n')
      const length = /^content-length: (\d+)$/im.exec(head)?.[1]
      if (text !== undefined && length !== undefined && text.length >= Number(length)) end()
    })
    socket.on('error', reject)
    socket.on('close', end)
    socket.write([...lines, '', body].join('\r\n'))
  })
}

t.test('200: an offer to upgrade is not taken, the body is read, and the flow sees nothing of it', async (t) => {
  const offers = [
    ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA'],
    ['Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZQ=='],
    ['Connection: Upgrade', 'Upgrade: TLS/1.2, HTTP/2.0']
  ]
  for (const offer of offers)
    for (const [method, body] of [
      ['GET', ''],
      ['POST', '{"a":1}']
    ] as const) {
      const type = body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]
      const answer = await send(
        [`${method} ${path} HTTP/1.1`, 'Host: g', `Authorization: Bearer ${token}`, ...offer, ...type, 'X-Last: 1'],
        body
      )
      t.equal(answer.status, 200, `${method} ${offer[1]}`)
      t.same(answer.json.body, body === '' ? null : { a: 1 })
      t.equal(answer.json.headers['x-last'], '1')
      for (const name of ['upgrade', 'connection', 'http2-settings']) t.notOk(name in answer.json.headers, name)
    }
  const old = await send(
    [`POST ${path} HTTP/1.0`, `Authorization: Bearer ${token}`, 'Content-Type: application/json', 'Content-Length: 7'],
    '{"a":1}'
  )
  t.equal(old.status, 200)
  t.notMatch(old.head, /transfer-encoding/i, 'HTTP/1.0 knows no chunks')
})

t.test('a Content-Type of JSON without a body is taken where no body is needed', async (t) => {
  const json = { 'Content-Type': 'application/json' }
  const as = ada.session
  const send = (method: string, path: string, by = as) => client.call(method, path, { as: by, headers: json })
  const { id } = await createToken(t, client, ada)
  t.equal((await send('DELETE', `/v1/tokens/${id}`)).status, 204)
  t.equal((await send('GET', '/v1/account')).status, 200)
  t.equal((await send('GET', `${at}/flows?limit=1`)).status, 200)
  const manager = await createManagementToken(client, ada, ['listeners:read'])
  t.equal((await send('GET', `${at}/listeners`, manager.token)).status, 200)
  t.equal((await send('POST', path, token)).status, 200)
  t.equal((await send('DELETE', path, token)).status, 200)
  const lasting = { name: 'lasting', mode: 'async', flowId: '' }
  const flow = await client.call('POST', `${at}/flows`, {
    as,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'lasting', version: '1.0.0' },
      do: [{ rest: { wait: 'PT10M' } }]
    }
  })
  const made = await client.call('POST', `${at}/listeners`, { as, body: { ...lasting, flowId: flow.json.id } })
  const run = await send('POST', `/v1/dynamic/listener/${made.json.id}`, token)
  t.equal(run.status, 202)
  t.ok((await send('POST', `/v1/runs/${run.json.runId}/cancel`)).status < 300)
  t.equal((await send('DELETE', `/v1/listeners/${made.json.id}`)).status, 204)
  for (const path of ['/v1/workspaces', `${at}/listeners`, '/v1/tokens'])
    t.match(
      (await send('POST', path)).json,
      { status: 400, code: 'validation_failed' },
      'a body that is needed is missed'
    )
})

t.test('200: credentials as clients spell them; 401 and 400 for what is none', async (t) => {
  const basic = Buffer.from(`${ada.email}:${ada.password}`).toString('base64')
  const loud = Buffer.from(`${ada.email.toUpperCase()}:${ada.password}`).toString('base64')
  const encoded = [...token].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
  const cases: [number, string[], string?][] = [
    [200, [`Authorization: bearer ${token}`]],
    [200, [`authorization: BEARER   ${token}  `]],
    [200, [`Authorization:Bearer ${token}`]],
    [200, [`Access_Token: ${token}`]],
    [200, [`JWT_TOKEN: ${token}`]],
    [200, [], `access_token=${encoded}`],
    [200, [], `%61ccess_token=${token}`],
    [200, [], `x=1&&token=${token}&`],
    [200, [`Authorization: basic ${basic}`]],
    [200, [`Authorization: Basic ${basic.replace(/=+$/, '')}`]],
    [200, [`Authorization: Basic ${loud}`]],
    [401, [`Authorization: Bearer "${token}"`]],
    [401, [`Authorization: Bearer ${token}, Bearer ${token}`]],
    [401, [`Authorization: Token ${token}`]],
    [401, [`Authorization: ${token}`]],
    [401, [`access_token: Bearer ${token}`]],
    [401, [], `access_token=${token}%0A`],
    [401, [], `access_token=%20${token}`],
    [401, [], `ACCESS_TOKEN=${token}`],
    [400, [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`]],
    [400, [`access_token: ${token}`], `token=${token}`],
    [400, [`Authorization: Basic ${basic}`, `jwt_token: ${token}`]]
  ]
  for (const [status, lines, query] of cases) {
    const target = query === undefined ? path : `${path}?${query}`
    const answer = await send([`GET ${target} HTTP/1.1`, 'Host: g', 'Connection: close', ...lines])
    t.equal(answer.status, status, [...lines, query].join(' ').replaceAll(token, '…'))
    if (status === 200) t.notOk(JSON.stringify(answer.json).includes(token), 'the flow does not see it')
  }
})

t.test('400 or 415: a Content-Type of another spelling does not pass by the schema', async (t) => {
  const basic = Buffer.from(`${ada.email}:${ada.password}`).toString('base64')
  const body = '{"name":"x","nope":1}'
  for (const type of [
    ...['application/json', 'APPLICATION/JSON; charset=utf-8', 'application/json ;charset=utf-8', 'application/json;x'],
    ...['application/json\t; a=b', 'application/json;;;', 'application/json, text/plain', 'application/json\u00a0'],
    ...['application/jsonp', 'text/plain', 'application/vnd.api+json', 'json']
  ])
    t.match(
      await send(
        [
          'POST /v1/workspaces HTTP/1.1',
          'Host: g',
          'Connection: close',
          `Authorization: Basic ${basic}`,
          `Content-Type: ${type}`,
          `Content-Length: ${body.length}`
        ],
        body
      ),
      { status: /^(400|415)$/, json: { code: /^(validation_failed|unsupported_media_type)$/ } },
      type
    )
})

t.test('a caller that hangs up ends neither the run nor its record, and no call is made twice', async (t) => {
  const ask = (name: string, where: string) => ({
    [name]: { call: 'http', with: { method: 'post', endpoint: `${upstream.url}${where}`, body: { of: name } } }
  })
  const flow = await client.call('POST', `${at}/flows`, {
    as: ada.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'asks', version: '1.0.0' },
      do: [ask('first', '/delay'), ask('second', '/echo')]
    }
  })
  const made = await client.call('POST', `${at}/listeners`, {
    as: ada.session,
    body: { name: 'asks', flowId: flow.json.id }
  })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`GET /v1/dynamic/listener/${made.json.id} HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  await upstream.received('/delay')
  socket.resetAndDestroy()
  upstream.release()
  await upstream.received('/echo')
  const runs = async () => {
    await services.recorder.flush()
    return (await client.call('GET', `/v1/runs?listenerId=${made.json.id}`, { as: ada.session })).json.items
  }
  await until(async () => (await runs()).length > 0, 60_000, 'the record')
  t.match(await runs(), [{ status: 'succeeded' }])
  t.equal((await runs()).length, 1)
  t.same(
    upstream.requests.map((request) => request.path),
    ['/delay', '/echo']
  )
})
