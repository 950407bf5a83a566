import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { newOpaque } from '../../src/lib/opaque-token.ts'
import type { Answer, Call } from '../fixtures/client.ts'
import { createDoorMaker } from '../fixtures/doors.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { startSluice } from '../fixtures/sluice.ts'

// Every door for outside systems refuses alike: what is forged, altered, past, in another encoding, at another path,
// or of another workspace. What each door takes is in the tests of its own.

const { client } = await startSluice(t)
const ada = await client.signUp('Ada')
const bob = await client.signUp('Bob')

interface Door {
  /** The credential that opens it. */
  good: string
  status: number
  knock(credential: Call): Promise<Answer<any>>
  /** Its answer to a good credential of another workspace. */
  foreign: { credential: string; expected: object }
}

const { make, addFlow, addEcho, createToken, accessOf } = createDoorMaker(client)

await client.call('PATCH', `/v1/workspaces/${ada.workspaceId}`, { as: ada.session, body: { slug: 'acme' } })
await addEcho(ada, { path: 'orders/{id}', mcp: true, key: 'echo' })
const tells = await addFlow(ada, [{ tell: { emit: { event: { with: { type: 'told' } } } } }])
const streaming = await make(ada, 'listeners', { name: 'stream', flowId: tells, respond: 'stream' })
const stream = `/v1/dynamic/listener/${streaming.id}`
const opaque = await createToken(ada)
const jwt = await createToken(ada, { format: 'jwt', days: 1 })
const bobs = await createToken(bob)
const manager = await createManagementToken(client, ada, ['events:read', 'events:write'])
const bobsManager = await createManagementToken(client, bob, ['events:read', 'events:write'])
const access = await accessOf(opaque)

const event = (id: string) => ({ specversion: '1.0', id, source: '/doors', type: 'knock', data: {} })
const at = `/v1/workspaces/${ada.workspaceId}`
const knocks = {
  'a readable URL': (call: Call) => client.call('GET', '/v1/call/acme/orders/7', call),
  'a stream': (call: Call) => client.call('GET', stream, call),
  'a tool': (call: Call) =>
    client.call('POST', '/v1/mcp', {
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: {} } },
      ...call
    }),
  'the inbox': (call: Call) => client.call('POST', `${at}/inbox`, { body: event('same'), ...call }),
  'the sinks': (call: Call) => client.call('GET', `${at}/sinks`, call)
}
const absent = { status: 404, json: { code: 'not_found' } }
const doors: Record<string, Door> = {
  'a readable URL': {
    good: opaque.token,
    status: 200,
    knock: knocks['a readable URL'],
    foreign: { credential: bobs.token, expected: absent }
  },
  'a readable URL by a JWT': {
    good: jwt.token,
    status: 200,
    knock: knocks['a readable URL'],
    foreign: { credential: await accessOf(bobs), expected: absent }
  },
  'a readable URL by an access token': {
    good: access,
    status: 200,
    knock: knocks['a readable URL'],
    foreign: { credential: await accessOf(bobs), expected: absent }
  },
  'a stream': {
    good: opaque.token,
    status: 200,
    knock: knocks['a stream'],
    foreign: { credential: bobs.token, expected: absent }
  },
  'a tool': {
    good: opaque.token,
    status: 200,
    knock: knocks['a tool'],
    foreign: {
      credential: bobs.token,
      expected: { status: 200, json: { error: { code: -32602, message: 'Unknown tool: echo' } } }
    }
  },
  'a tool by an access token': {
    good: access,
    status: 200,
    knock: knocks['a tool'],
    foreign: { credential: await accessOf(bobs), expected: { json: { error: { code: -32602 } } } }
  },
  'the inbox': {
    good: manager.token,
    status: 202,
    knock: knocks['the inbox'],
    foreign: { credential: bobsManager.token, expected: absent }
  },
  'the sinks': {
    good: manager.token,
    status: 200,
    knock: knocks['the sinks'],
    foreign: { credential: bobsManager.token, expected: absent }
  }
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Credentials that look like a good one and are none. */
function forgeriesOf(good: string): Record<string, string> {
  const [header = '', payload = '', signature = ''] = good.split('.')
  if (signature === '')
    return {
      'made up': newOpaque(good.slice(0, 4) as 'slc_' | 'slm_'),
      'with another last character': good.slice(0, -1) + (good.endsWith('0') ? '1' : '0'),
      'of another kind': newOpaque('sls_')
    }
  const read = (text: string): object => JSON.parse(Buffer.from(text, 'base64url').toString()) as object
  const later = part({ ...read(payload), exp: 4_102_444_800 })
  const { privateKey } = generateKeyPairSync('ed25519')
  const forged = sign(null, Buffer.from(`${header}.${later}`), privateKey).toString('base64url')
  return {
    'with later claims': `${header}.${later}.${signature}`,
    'signed by another key': `${header}.${later}.${forged}`,
    'signed by nobody': `${part({ ...read(header), alg: 'none' })}.${payload}.`,
    'with half of its signature': good.slice(0, -40)
  }
}

for (const [name, { good, status, knock, foreign }] of Object.entries(doors)) {
  t.test(`${name}: ${status} for its own credential`, async (t) => {
    const answer = await knock({ as: good })
    t.equal(answer.status, status, answer.text)
    t.notOk('error' in (answer.headers['content-type'] === 'text/event-stream' ? {} : answer.json))
  })

  t.test(`${name}: 401 without a credential, and for what is forged or in another encoding`, async (t) => {
    t.match(await knock({}), { status: 401, json: { code: 'unauthenticated' } })
    const wrong = {
      ...forgeriesOf(good),
      'in base64': Buffer.from(good).toString('base64'),
      'percent-encoded': good.replace('_', '%5F').replaceAll('.', '%2E'),
      'in quotes': `"${good}"`
    }
    for (const [what, credential] of Object.entries(wrong))
      t.match(await knock({ as: credential }), { status: 401, json: { code: 'invalid_token' } }, what)
    const inUtf16 = Buffer.from(good, 'utf16le').toString('latin1').replaceAll('\0', 'ÿ')
    t.match(await knock({ as: inUtf16 }), { status: 401, json: { code: 'invalid_token' } }, 'in another charset')
    const twice = [1, 2].map(() => ['Authorization', `Bearer ${good}`] as const)
    t.match(await knock({ headers: twice }), { status: 400, json: { code: 'invalid_request' } }, 'twice')
  })

  t.test(`${name}: a credential of another workspace finds nothing`, async (t) =>
    t.match(await knock({ as: foreign.credential }), foreign.expected)
  )
}

t.test('401: past or revoked at every door, from the next call on', async (t) => {
  const past = { expiresAt: new Date(Date.now() - 60_000).toISOString() }
  const change = (id: string, body: object) => client.call('PATCH', `/v1/tokens/${id}`, { as: ada.session, body })
  const revoke = (id: string) => client.call('DELETE', `/v1/tokens/${id}`, { as: ada.session })
  for (const [what, end] of Object.entries({ past: (id: string) => change(id, past), revoked: revoke })) {
    const token = await createToken(ada)
    const granted = await accessOf(token)
    const managing = await createManagementToken(client, ada, ['events:read', 'events:write'])
    const all: [string, string][] = [
      ...(['a readable URL', 'a stream', 'a tool'] as const).flatMap((door) => [
        [door, token.token] as [string, string],
        [door, granted] as [string, string]
      ]),
      ['the inbox', managing.token],
      ['the sinks', managing.token]
    ]
    for (const [door, credential] of all)
      t.ok((await knocks[door as keyof typeof knocks]({ as: credential })).status < 300, `${door} before`)
    await end(token.id)
    await end(managing.id)
    for (const [door, credential] of all)
      t.match(
        await knocks[door as keyof typeof knocks]({ as: credential }),
        { status: 401, json: { code: 'invalid_token' } },
        `${door}, ${what}`
      )
  }
})

t.test('404 or 401: a good credential opens no other path', async (t) => {
  const paths: [string, string, string][] = [
    ['GET', '/v1/call/acme/order/7', opaque.token],
    ['GET', '/v1/call/acme/orders/7/8', opaque.token],
    ['GET', '/v1/call/other/orders/7', opaque.token],
    ['GET', `${stream}0`, opaque.token],
    ['POST', '/v1/mcp/echo', opaque.token],
    ['POST', `${at}0/inbox`, manager.token],
    ['POST', '/v1/inbox', manager.token],
    ['GET', `/v1/workspaces/${bob.workspaceId}/sinks`, manager.token]
  ]
  for (const [method, path, as] of paths) {
    const answer = await client.call(method, path, { as, ...(method === 'POST' ? { body: event('path') } : {}) })
    t.match(answer, absent, path)
  }
  t.equal((await client.call('POST', '/oauth/tokens', { body: {} })).status, 404)
})

t.test('the OpenAPI document has every door', async (t) => {
  const { paths } = (await client.call('GET', '/openapi.json')).json as { paths: Record<string, object> }
  for (const path of [
    '/v1/dynamic/listener/{listenerId}',
    '/v1/call/{slug}/{path}',
    '/oauth/token',
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/v1/mcp',
    '/v1/mcp',
    '/v1/workspaces/{workspaceId}/inbox',
    '/v1/workspaces/{workspaceId}/sinks',
    '/v1/events/{eventId}/redeliver'
  ])
    t.ok(path in paths, path)
})

t.test('the inspector knows the credential of every door', async (t) => {
  for (const [token, kind] of [
    [opaque.token, 'opaque'],
    [jwt.token, 'jwt'],
    [access, 'oauth'],
    [manager.token, 'management']
  ] as const) {
    const inspect = (as: string) => client.call('POST', '/v1/tokens/inspect', { as, body: { token } })
    t.match((await inspect(ada.session)).json, { kind, valid: true }, kind)
    t.match((await inspect(bob.session)).json, { valid: false }, `${kind}, by a stranger`)
  }
})
