import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { createEchoListener, createToken } from '../../fixtures/echo-listener.ts'
import { startSluice } from '../../fixtures/sluice.ts'

const PDF = Buffer.from('255044462d312e37fffe0080', 'hex')
const BODY_MAX = 10_485_760

const seen: { headers: IncomingHttpHeaders; body: Buffer }[] = []
/** Answers what it got, under the same type; at `/pdf` a file. */
const upstream = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    seen.push({ headers: request.headers, body })
    if (request.url === '/pdf') response.writeHead(200, { 'content-type': 'application/pdf' }).end(PDF)
    else response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'text/plain' }).end(body)
  })
})
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
t.teardown(() => {
  upstream.closeAllConnections()
  upstream.close()
})
const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`

const { client, url } = await startSluice(t, { egressAllow: ['127.0.0.0/8'] })
const owner = await client.signUp('Ada')
const { token } = await createToken(t, client, owner)
let flows = 0

async function listenerOf(tasks: unknown[], listener: Record<string, unknown> = {}): Promise<string> {
  const document = {
    document: { dsl: '1.0.3', namespace: 'bytes', name: `flow-${++flows}`, version: '1.0.0' },
    do: tasks
  }
  const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
    as: owner.session,
    body: document
  })
  t.equal(flow.status, 201, flow.text)
  return (await createEchoListener(t, client, owner, { flowId: flow.json.id, respond: 'http', ...listener })).path
}

async function send(
  path: string,
  body: Buffer | string | undefined,
  headers: Record<string, string> = {}
): Promise<{ status: number; headers: Headers; bytes: Buffer; json: any }> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) })
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  let json: unknown
  try {
    json = JSON.parse(bytes.toString())
  } catch {
    json = undefined
  }
  return { status: answer.status, headers: answer.headers, bytes, json }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const passOn = (type: string) => [
  {
    call: {
      call: 'http',
      metadata: { body: 'base64' },
      with: {
        method: 'post',
        endpoint: `${base}/`,
        headers: { 'content-type': type },
        body: '${ .body }',
        output: 'raw'
      },
      output: { as: { status: 200, headers: { 'content-type': type }, body: '${ . }', encoding: 'base64' } }
    }
  }
]

t.test('a file of 5 MB through a listener to an upstream and back has the same SHA-256', async (t) => {
  const file = randomBytes(5 * 1024 * 1024)
  const path = await listenerOf(passOn('application/octet-stream'))
  seen.length = 0
  const answer = await send(path, file, { 'content-type': 'application/octet-stream' })
  t.equal(answer.status, 200)
  t.equal(sha256(answer.bytes), sha256(file))
  t.equal(sha256(seen[0]?.body ?? Buffer.alloc(0)), sha256(file))
  t.match(answer.headers.get('content-type'), 'application/octet-stream')
})

t.test('bytes of an upstream as the answer, and of a caller to an upstream, where only the type says so', async (t) => {
  const get = { method: 'get', endpoint: `${base}/pdf` }
  const answering = { status: 200, headers: { 'content-type': 'application/pdf' }, body: '${ . }' }
  const fromUpstream = await listenerOf([{ a: { call: 'http', with: get, output: { as: answering } } }])
  t.same((await send(fromUpstream, undefined)).bytes, PDF)
  const toUpstream = await listenerOf([
    {
      a: {
        call: 'http',
        with: { method: 'post', endpoint: base, headers: { 'content-type': 'application/pdf' }, body: '${ .body }' }
      }
    },
    { done: { set: { status: 204 } } }
  ])
  seen.length = 0
  t.equal((await send(toUpstream, PDF, { 'content-type': 'application/pdf' })).status, 204)
  t.same(seen[0]?.body, PDF)
})

t.test('an answer of bytes is the same again under its Idempotency-Key', async (t) => {
  const path = await listenerOf(passOn('application/pdf'))
  const headers = { 'content-type': 'application/pdf', 'idempotency-key': 'one' }
  t.same((await send(path, PDF, headers)).bytes, PDF)
  const again = await send(path, PDF, headers)
  t.same(again.bytes, PDF)
  t.equal(again.headers.get('content-type'), 'application/pdf')
  t.same((await send(path, gzipSync(PDF), { ...headers, 'content-encoding': 'gzip' })).bytes, PDF, 'compressed or not')
})

t.test('500: an answer that its type cannot be', async (t) => {
  for (const answer of [
    { headers: { 'content-type': 'application/pdf' }, body: 'not base64!' },
    { headers: { 'content-type': 'text/csv' }, body: { a: 1 } },
    { headers: { 'content-type': 'text/plain; charset=iso-8859-1' }, body: '€' },
    { body: 'not base64!', encoding: 'base64' },
    { body: 'aGk=', encoding: 'hex' }
  ]) {
    const path = await listenerOf([{ a: { set: { status: 200, ...answer } } }])
    t.match(await send(path, undefined), { status: 500, json: { code: 'flow_failed' } }, JSON.stringify(answer))
  }
})

t.test('an answer is written in the charset of its type', async (t) => {
  const headers = { 'content-type': 'text/xml; charset=ISO-8859-1' }
  const path = await listenerOf([{ a: { set: { status: 200, headers, body: '<n>Café</n>' } } }])
  const answer = await send(path, undefined)
  t.same(answer.bytes, Buffer.from('<n>Café</n>', 'latin1'))
  t.equal(answer.headers.get('content-type'), 'text/xml; charset=ISO-8859-1')
})

t.test('rawBody: the bytes of the body beside what it parses to, where the listener asks for them', async (t) => {
  const echo = async (listener: Record<string, unknown>): Promise<string> =>
    listenerOf([{ a: { set: { raw: '${ .rawBody }', body: '${ .body }', names: '${ .headers | keys }' } } }], {
      respond: 'output',
      ...listener
    })
  const path = await echo({ rawBody: true })
  const json = '{"a": 1,\n "b":"é"}'
  const type = { 'content-type': 'application/json' }
  t.match((await send(path, json, type)).json, {
    raw: Buffer.from(json).toString('base64'),
    body: { a: 1, b: 'é' }
  })
  const compressed = await send(path, gzipSync(json), { ...type, 'content-encoding': 'gzip' })
  t.match(compressed.json, { raw: Buffer.from(json).toString('base64'), body: { a: 1, b: 'é' } })
  t.notOk(compressed.json.names.includes('content-encoding'), 'the headers describe the body that the flow gets')
  t.equal((await send(path, undefined)).json.raw, '')
  t.equal((await send(await echo({}), json, type)).json.raw, null)
  const { id } = await createEchoListener(t, client, owner)
  const changed = await client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { rawBody: true } })
  t.equal(changed.json.rawBody, true)
})

t.test('compressed bodies are read; 400 broken, 415 unknown with Accept-Encoding, 413 too large inside', async (t) => {
  const { path } = await createEchoListener(t, client, owner)
  const type = { 'content-type': 'application/json' }
  for (const [coding, body] of [
    ['gzip', gzipSync('{"a":1}')],
    ['br', brotliCompressSync('{"a":1}')]
  ] as const)
    t.match((await send(path, body, { ...type, 'content-encoding': coding })).json, { body: { a: 1 } }, coding)
  t.match(await send(path, 'xxxxxxxx', { ...type, 'content-encoding': 'gzip' }), {
    status: 400,
    json: { code: 'invalid_request' }
  })
  const unknown = await send(path, 'x', { ...type, 'content-encoding': 'lzma' })
  t.match(unknown, { status: 415, json: { code: 'unsupported_media_type' } })
  t.equal(unknown.headers.get('accept-encoding'), 'gzip, deflate, br, zstd')
  const bomb = gzipSync(Buffer.alloc(BODY_MAX + 1))
  t.match(await send(path, bomb, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }), {
    status: 413,
    json: { code: 'payload_too_large' }
  })
})

t.test('413: one byte more than REQUEST_BODY_MAX; the limit itself is taken, in text and in bytes', async (t) => {
  const path = await listenerOf([{ a: { set: { status: 204 } } }])
  for (const type of ['text/plain', 'application/octet-stream']) {
    t.equal((await send(path, Buffer.alloc(BODY_MAX, 'x'), { 'content-type': type })).status, 204, type)
    t.match(await send(path, Buffer.alloc(BODY_MAX + 1, 'x'), { 'content-type': type }), {
      status: 413,
      json: { code: 'payload_too_large' }
    })
  }
})

t.test('400: a query that is not UTF-8 is refused, not changed', async (t) => {
  const { path } = await createEchoListener(t, client, owner)
  for (const query of ['a=%ff', '%E9=1', 'a=%C3']) {
    const answer = await send(`${path}?${query}`, undefined)
    t.match(answer, { status: 400, json: { code: 'invalid_request' } }, query)
  }
  t.match((await send(`${path}?a=%C3%A9&b=%EF%BF%BD`, undefined)).json, { query: { a: 'é', b: '\ufffd' } })
})
