import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import t from 'tap'
import type { Call, Person } from '../../fixtures/client.ts'
import { signingWorkspace } from '../../fixtures/customer-token.ts'
import { createToken } from '../../fixtures/echo-listener.ts'
import { startSecondProcess } from '../../fixtures/second-process.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { until } from '../../fixtures/until.ts'

const sluice = await startSluice(t)
const { client } = sluice
const ada = await client.signUp('Ada')
const bob = await client.signUp('Bob')
const METADATA = `${sluice.url}/.well-known/oauth-protected-resource/v1/mcp`

let flows = 0
const PRICE_BODY = {
  type: 'object',
  required: ['sku'],
  properties: { sku: { type: 'string', description: 'The article' }, quantity: { type: 'integer' } }
}

async function addTool(
  listener: Record<string, unknown>,
  flow: Record<string, unknown> = { do: [{ answer: { set: '${ .body }' } }] },
  { document = {}, owner = ada, workspaceId }: { document?: object; owner?: Person; workspaceId?: string } = {}
): Promise<string> {
  const at = `/v1/workspaces/${workspaceId ?? owner.workspaceId}`
  const made = await client.call('POST', `${at}/flows`, {
    as: owner.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: `tool-${++flows}`, version: '1.0.0', ...document },
      ...flow
    }
  })
  t.equal(made.status, 201, made.text)
  const { status, text, json } = await client.call('POST', `${at}/listeners`, {
    as: owner.session,
    body: { flowId: made.json.id, mcp: true, ...listener }
  })
  t.equal(status, 201, text)
  return json.id
}

/** A client of the protocol's own SDK, of the newest revision or of those before it. */
async function connect(
  credential: string,
  { mode = 'legacy', at = sluice.url }: { mode?: 'legacy' | 'auto'; at?: string } = {}
): Promise<Client> {
  const agent = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } })
  await agent.connect(
    new StreamableHTTPClientTransport(new URL(`${at}/v1/mcp`), {
      requestInit: { headers: { Authorization: `Bearer ${credential}` } }
    })
  )
  return agent
}

const namesOf = async (agent: Client) => (await agent.listTools()).tools.map(({ name }) => name).sort()
const send = (message: unknown, more: Call = {}) =>
  client.call('POST', '/v1/mcp', { as: token, body: message, ...more })
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const callOf = (name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args }
})

let price = ''
const { token } = await createToken(t, client, ada)

t.test('a listener with mcp is set up', async () => {
  price = await addTool(
    { name: 'Price lookup', key: 'price' },
    {
      input: { schema: { document: { type: 'object', properties: { body: PRICE_BODY } } } },
      do: [
        { answer: { set: { sku: '${ .body.sku }', price: 12.5, method: '${ .method }', caller: '${ .caller.kind }' } } }
      ]
    },
    { document: { title: 'Prices', summary: 'Looks up the price of an article' } }
  )
})

for (const mode of ['legacy', 'auto'] as const)
  t.test(`a listener is a tool of the SDK's own client (${mode})`, async (t) => {
    const agent = await connect(token, { mode })
    const { tools } = await agent.listTools()
    t.same(
      tools.find(({ name }) => name === 'price'),
      { name: 'price', title: 'Prices', description: 'Looks up the price of an article', inputSchema: PRICE_BODY }
    )
    const result = await agent.callTool({ name: 'price', arguments: { sku: 'A-100' } })
    const expected = { sku: 'A-100', price: 12.5, method: 'POST', caller: 'token' }
    t.same(result.structuredContent, expected)
    t.same(JSON.parse((result.content as { text: string }[])[0]?.text ?? ''), expected)
    t.notOk(result.isError)
    await t.rejects(agent.callTool({ name: 'absent' }), { code: -32602 })
    await agent.close()
  })

t.test('the newest revision is spoken with clients that know it', async (t) => {
  const agent = await connect(token, { mode: 'auto' })
  t.match(agent.getNegotiatedProtocolVersion(), /^2026-/)
  await agent.close()
  for (const version of ['2025-03-26', '2025-06-18', '2025-11-25']) {
    const { json } = await send({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'old', version: '1' } }
    })
    t.equal(json.result.protocolVersion, version)
  }
  t.equal((await send(LIST, { headers: { 'MCP-Protocol-Version': 'nonsense' } })).status, 400)
})

t.test('names: a key before names, valid for models, and never two alike', async (t) => {
  const ids = {
    spaced: await addTool({ name: 'Größe & Gewicht!' }),
    twin: await addTool({ name: 'twin' }),
    other: await addTool({ name: 'twin' }),
    keyed: await addTool({ name: 'anything', key: 'wins' }),
    named: await addTool({ name: 'wins' }),
    foreignLetters: await addTool({ name: '价格' }),
    long: await addTool({ name: 'x'.repeat(100) })
  }
  const plain = (id: string) => id.slice(4)
  const names = await namesOf(await connect(token))
  for (const name of [
    'Gro_e_Gewicht',
    `twin_${plain(ids.twin)}`,
    `twin_${plain(ids.other)}`,
    'wins',
    `wins_${plain(ids.named)}`,
    ids.foreignLetters,
    'x'.repeat(64)
  ])
    t.ok(names.includes(name), `${name} in ${names.join(' ')}`)
  for (const name of names) t.match(name, /^[a-zA-Z0-9_-]{1,64}$/)
  for (const id of Object.values(ids)) await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })
  t.same(await namesOf(await connect(token)), ['price'])
})

t.test('schemas: references stay within, a body that is not described is any object', async (t) => {
  const noBody = await addTool({ name: 'open' })
  const list = await addTool(
    { name: 'list' },
    {
      input: { schema: { document: { type: 'object', properties: { body: { type: 'array' } } } } },
      do: [{ answer: { set: '${ .body }' } }]
    }
  )
  const referring = await addTool(
    { name: 'referring' },
    {
      input: {
        schema: {
          document: {
            type: 'object',
            properties: { body: { type: 'object', properties: { sku: { $ref: '#/$defs/sku' } } } },
            $defs: { sku: { type: 'string', pattern: '^[A-Z]+$' } }
          }
        }
      },
      do: [{ answer: { set: '${ .body }' } }]
    }
  )
  const agent = await connect(token)
  const { tools } = await agent.listTools()
  const schemaOf = (name: string) => tools.find((tool) => tool.name === name)?.inputSchema
  t.same(schemaOf('open'), { type: 'object' })
  t.equal(schemaOf('list'), undefined, 'arguments are always an object')
  t.match(schemaOf('referring'), {
    properties: { sku: { $ref: '#/$defs/input/$defs/sku' } },
    $defs: { input: { $defs: { sku: { type: 'string' } } } }
  })
  for (const id of [noBody, list, referring]) await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })
})

t.test('outputs: what is no object stands in result; bytes, pages and errors of respond: http', async (t) => {
  const ids = [
    await addTool({ name: 'number' }, { do: [{ a: { set: '${ 7 }' } }] }),
    await addTool({ name: 'nothing' }, { do: [{ a: { set: '${ null }' } }] }),
    await addTool({ name: 'list' }, { do: [{ a: { set: '${ [1, 2] }' } }] }),
    await addTool(
      { name: 'page', respond: 'http' },
      { do: [{ a: { set: { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>hi</p>' } } }] }
    ),
    await addTool(
      { name: 'teapot', respond: 'http' },
      { do: [{ a: { set: { status: 418, headers: {}, body: { a: 1 } } } }] }
    ),
    await addTool(
      { name: 'picture', respond: 'http' },
      {
        do: [
          {
            a: {
              set: { status: 200, headers: { 'content-type': 'image/png' }, body: 'iVBORw0KGgo=', encoding: 'base64' }
            }
          }
        ]
      }
    ),
    await addTool({ name: 'later', mode: 'async' })
  ]
  const agent = await connect(token)
  const result = async (name: string) => agent.callTool({ name, arguments: {} })
  t.same((await result('number')).structuredContent, { result: 7 })
  t.same((await result('nothing')).structuredContent, { result: null })
  t.same((await result('list')).structuredContent, { result: [1, 2] })
  t.match(await result('page'), {
    content: [{ type: 'text', text: '<p>hi</p>' }],
    structuredContent: { result: '<p>hi</p>' }
  })
  t.match(await result('teapot'), { isError: true, structuredContent: { a: 1 } })
  t.match(await result('picture'), { content: [{ type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' }] })
  t.match(await result('later'), { structuredContent: { runId: /^run_/, status: 'queued' } })
  for (const id of ids) await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })
})

t.test('failures are errors of the tool, with the public text and nothing more', async (t) => {
  const ids = [
    await addTool(
      { name: 'raising' },
      {
        do: [
          { a: { raise: { error: { type: 'urn:x', status: 409, title: 'Sold out', detail: 'No more of these.' } } } }
        ]
      }
    ),
    await addTool({ name: 'broken' }, { do: [{ a: { set: '${ error("secret inside") }' } }] }),
    await addTool({ name: 'limited', rateLimit: { limit: 1, windowSeconds: 3600 } })
  ]
  const agent = await connect(token)
  const call = (name: string, args: Record<string, unknown> = {}) => agent.callTool({ name, arguments: args })
  t.match(await call('price', { sku: 7 }), {
    isError: true,
    content: [{ type: 'text', text: /^\/body\/sku / }],
    structuredContent: { code: 'validation_failed', status: 400 }
  })
  t.match(await call('raising'), {
    isError: true,
    content: [{ text: 'No more of these.' }],
    structuredContent: { code: 'flow_failed', status: 409, runId: /^run_/ }
  })
  const broken = await call('broken')
  t.match(broken, { isError: true, structuredContent: { code: 'flow_failed', status: 500 } })
  t.notMatch(JSON.stringify(broken), /secret inside/)
  t.notOk((await call('limited')).isError)
  t.match(await call('limited'), {
    isError: true,
    content: [{ text: /Try again in \d+ s\.$/ }],
    structuredContent: { code: 'rate_limited', status: 429 }
  })
  await sluice.services.calls.flush()
  await sluice.services.recorder.flush()
  const { items } = (await client.call('GET', `/v1/requests?workspaceId=${ada.workspaceId}`, { as: ada.session })).json
  t.match(
    items
      .filter(({ outcome }: { outcome: string }) => outcome !== 'answered')
      .map(({ code }: { code: string }) => code),
    ['rate_limited', 'flow_failed', 'flow_failed', 'validation_failed']
  )
  const runs = await client.call('GET', `/v1/runs?listenerId=${price}`, { as: ada.session })
  t.ok(runs.json.items.length >= 2, 'its runs are runs of the listener')
  for (const id of ids) await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })
})

t.test('a tool is what the caller may call: scopes, tenants, customers, and what is switched off', async (t) => {
  const signing = await signingWorkspace(client, ada)
  const at = { workspaceId: signing.id }
  const forAll = await addTool({ name: 'for-all' }, undefined, at)
  await addTool({ name: 'for-grace', auth: { customers: ['grace'] } }, undefined, at)
  await addTool({ name: 'for-tokens', auth: { principals: ['token'] } }, undefined, at)
  await addTool({ name: 'reads', methods: ['GET'] }, undefined, at)
  await addTool({ name: 'off', enabled: false }, undefined, at)
  await addTool({ name: 'no-tool', mcp: false }, undefined, at)
  await addTool({ name: 'of-bob' }, undefined, { owner: bob })
  const narrow = await createToken(t, client, ada, { scope: { listeners: [forAll] } })
  const toolsOf = async (credential: string) => namesOf(await connect(credential))
  t.same(await toolsOf(token), ['for-all', 'for-grace', 'for-tokens', 'price'])
  t.same(await toolsOf(narrow.token), ['for-all'])
  t.same(await toolsOf(signing.sign({ id: 'grace' })), ['for-all', 'for-grace'])
  t.same(await toolsOf(signing.sign({ id: 'heidi' })), ['for-all'])
  const stranger = await createToken(t, client, bob)
  t.same(await toolsOf(stranger.token), ['of-bob'])
  for (const name of ['for-grace', 'off', 'reads', 'of-bob', 'no-tool', 'lsn_x'])
    t.match((await send(callOf(name), { as: narrow.token })).json, {
      error: { code: -32602, message: `Unknown tool: ${name}` }
    })

  const second = await startSecondProcess(t, sluice)
  const there = await connect(token, { at: second.url })
  t.ok((await namesOf(there)).includes('for-all'))
  await client.call('PATCH', `/v1/listeners/${forAll}`, { as: ada.session, body: { mcp: false } })
  t.notOk((await toolsOf(token)).includes('for-all'), 'in force from the next message on')
  await until(async () => !(await namesOf(there)).includes('for-all'), 30_000, 'and in the other process')
  await client.call('DELETE', `/v1/workspaces/${signing.id}`, { as: ada.session, body: { password: ada.password } })
})

t.test('401: without a good credential, and the challenge names where credentials come from', async (t) => {
  const signing = await signingWorkspace(client, ada)
  const management = await client.call('POST', '/v1/tokens', {
    as: ada.session,
    body: { name: 'm', days: 1, password: ada.password, permissions: ['listeners:read'] }
  })
  for (const [what, more, code] of [
    ['none', { as: undefined as never }, 'unauthenticated'],
    ['wrong', { as: 'wrong' }, 'invalid_token'],
    ['session', { as: ada.session }, 'invalid_token'],
    ['management', { as: management.json.token }, 'invalid_token'],
    ['admin token', { as: signing.sign({ isAdmin: true }) }, 'invalid_token'],
    ['header', { as: undefined as never, headers: { access_token: token } }, 'invalid_token']
  ] as [string, Call, string][]) {
    const answer = await send(LIST, more)
    t.match({ status: answer.status, code: answer.json.code }, { status: 401, code }, what)
    t.match(String(answer.headers['www-authenticate']), `resource_metadata="${METADATA}"`, what)
  }
  t.equal((await client.call('POST', `/v1/mcp?token=${token}`, { body: LIST })).status, 401, 'never in the URL')
  t.equal((await send(LIST, { as: ada })).status, 200, 'e-mail and password')
  t.match((await client.call('GET', new URL(METADATA).pathname)).json, {
    resource: `${sluice.url}/v1/mcp`,
    authorization_servers: [sluice.url],
    bearer_methods_supported: ['header']
  })
})

t.test('403, 405, 400: pages of other sites, other methods, and what is no message', async (t) => {
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
    t.match(await send(LIST, { headers: { Origin: origin } }), { status: 403, json: { code: 'insufficient_scope' } })
  t.equal((await send(LIST, { headers: { Origin: sluice.url } })).status, 200)
  for (const method of ['GET', 'DELETE', 'PUT'])
    t.match(await client.call(method, '/v1/mcp', { as: token }), { status: 405, headers: { allow: 'POST' } })
  t.equal((await send([LIST, LIST])).status, 400, 'a batch')
  for (const body of [{}, { jsonrpc: '1.0', id: 1, method: 'ping' }, null, 7, 'text'])
    t.equal((await send(body)).status, 400, JSON.stringify(body))
  t.equal((await send(undefined, { raw: '{', headers: { 'Content-Type': 'application/json' } })).status, 400)
  t.equal((await send(undefined, { raw: 'x', headers: { 'Content-Type': 'text/plain' } })).status, 415)
  t.match((await send({ jsonrpc: '2.0', id: 'a', method: 'no/such' })).json, { id: 'a', error: { code: -32601 } })
  t.match((await send({ ...LIST, params: { cursor: 'nonsense' } })).json, { error: { code: -32602 } })
  t.equal((await send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })).status, 202)
})

t.test('huge arguments pass up to the limit of bodies, exactly', async (t) => {
  const id = await addTool({ name: 'echo' })
  const text = 'x'.repeat(5 * 1024 * 1024)
  const { status, json } = await send(callOf('echo', { text }))
  t.equal(status, 200)
  t.equal(json.result.structuredContent.text.length, text.length)
  t.equal((await send(callOf('echo', { text: 'x'.repeat(10 * 1024 * 1024) }))).status, 413)
  const exact = await send(undefined, {
    raw: JSON.stringify(callOf('echo', { n: 1 })).replace('"n":1', '"n":12345678901234567890'),
    headers: { 'Content-Type': 'application/json' }
  })
  t.match(exact.json.result.content[0].text, '{"n":12345678901234567890}')
  await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })
})

t.test('an agent that hangs up leaves the run going on, and the gateway answers the next one', async (t) => {
  const id = await addTool(
    { name: 'slow' },
    { do: [{ a: { wait: { milliseconds: 300 } } }, { b: { set: { done: true } } }] }
  )
  const agent = await connect(token)
  const gone = new AbortController()
  const called = agent.callTool({ name: 'slow', arguments: {} }, { signal: gone.signal })
  setTimeout(() => gone.abort(), 50)
  await t.rejects(called)
  t.same((await agent.callTool({ name: 'slow', arguments: {} })).structuredContent, { done: true })
  await until(
    async () => {
      await sluice.services.recorder.flush()
      const { items } = (await client.call('GET', `/v1/runs?listenerId=${id}`, { as: ada.session })).json
      return items.length === 2 && items.every(({ status }: { status: string }) => status === 'succeeded')
    },
    30_000,
    'both runs ended well'
  )
})
