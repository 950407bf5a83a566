import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t from 'tap'
import type { Answer, Call } from '../../fixtures/client.ts'
import { createEchoListener, createToken } from '../../fixtures/echo-listener.ts'
import { startSecondProcess } from '../../fixtures/second-process.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { until } from '../../fixtures/until.ts'

const sluice = await startSluice(t)
const { client, clock, url } = sluice
const owner = await client.signUp('Ada')
let listener = { id: '', path: '' }
let other = { id: '', path: '' }
t.before(async () => {
  listener = await createEchoListener(t, client, owner)
  other = await createEchoListener(t, client, owner)
})
const INSECURE = { [oauth.allowInsecureRequests]: true }

interface Pair {
  id: string
  token: string
}

/** Asks with the pair in the body, and with whatever else. */
const ask = (fields: Record<string, string>, call: Call = {}): Promise<Answer<any>> =>
  client.call('POST', '/oauth/token', {
    ...call,
    raw: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(call.headers as Record<string, string>) }
  })
const fieldsOf = ({ id, token }: Pair, more: Record<string, string> = {}) => ({
  grant_type: 'client_credentials',
  client_id: id,
  client_secret: token,
  ...more
})
async function accessOf(pair: Pair, more: Record<string, string> = {}): Promise<string> {
  const { status, json, text } = await ask(fieldsOf(pair, more))
  if (status !== 200) throw new Error(text)
  return json.access_token
}
const call = (token: string, path = listener.path) => client.call('GET', path, { as: token })

t.test('200: by oauth4webapi, with the metadata, in Basic and in the body', async (t) => {
  const { id, token } = await createToken(t, client, owner, { days: 30 })
  const issuer = new URL(url)
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE })
  )
  t.match(as, {
    issuer: url,
    token_endpoint: `${url}/oauth/token`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials']
  })
  const who = { client_id: id }
  for (const auth of [oauth.ClientSecretBasic(token), oauth.ClientSecretPost(token)]) {
    const response = await oauth.clientCredentialsGrantRequest(as, who, auth, {}, INSECURE)
    t.equal(response.headers.get('cache-control'), 'no-store')
    const granted = await oauth.processClientCredentialsResponse(as, who, response)
    t.equal(granted.token_type, 'bearer')
    t.equal(granted.expires_in, 3600)
    t.notOk('scope' in granted, 'the API token has none')
    // The resource's side: the library verifies the JWT by the published keys (RFC 9068).
    const request = new Request(`${url}${listener.path}`, {
      headers: { authorization: `Bearer ${granted.access_token}` }
    })
    const claims = await oauth.validateJwtAccessToken(as, request, url, INSECURE)
    t.match(claims, { client_id: id, sub: id, iss: url, aud: url })
    t.equal((await call(granted.access_token)).status, 200)
  }
  const resource = await oauth.processResourceDiscoveryResponse(
    issuer,
    await oauth.resourceDiscoveryRequest(issuer, INSECURE)
  )
  t.match(resource, { resource: url, authorization_servers: [url] })
})

t.test('200: by openid-client, whose errors are those of the answer', async (t) => {
  const { id, token } = await createToken(t, client, owner, { format: 'jwt', days: 1 })
  const config = await openid.discovery(new URL(url), id, token, openid.ClientSecretPost(token), {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests]
  })
  const granted = await openid.clientCredentialsGrant(config, { scope: listener.id })
  t.equal(granted.scope, listener.id)
  const answer = await openid.fetchProtectedResource(config, granted.access_token, new URL(listener.path, url), 'GET')
  t.equal(answer.status, 200)
  const refused: unknown = await openid.clientCredentialsGrant(config, { scope: 'nothing' }).catch((error) => error)
  t.match(refused, { error: 'invalid_scope' })
})

t.test('the access token is the API token by another name', async (t) => {
  const pair = await createToken(t, client, owner, { rateLimit: { limit: 2, windowSeconds: 60 } })
  const access = await accessOf(pair)
  const answer = await call(access)
  t.equal(answer.status, 200)
  t.match(answer.json.caller, { kind: 'token', id: owner.id, tokenId: pair.id })
  t.notOk(JSON.stringify(answer.json).includes(access))
  t.match(answer.headers, { 'sluice-token-expires': /T/, ratelimit: /"token";r=1/ })
  t.equal((await call(pair.token)).status, 200)
  const limited = await call(access)
  t.match(limited, { status: 429, json: { code: 'rate_limited' } }, 'one limit for both')
  const as = owner.session
  t.match((await client.call('GET', `/v1/requests/${limited.json.requestId}`, { as })).json, {
    reason: 'rate_limited',
    credential: { kind: 'oauth', tokenId: pair.id }
  })
  const { json: runs } = await client.call('GET', `/v1/runs?tokenId=${pair.id}`, { as })
  t.equal(runs.items.length, 2)
  t.equal((await client.call('GET', `/v1/runs/${answer.headers['sluice-run-id']}`, { as: access })).status, 200)
  t.match((await client.call('GET', '/v1/self', { as: access })).json, { kind: 'token', token: { id: pair.id } })
  t.match((await client.call('GET', '/v1/tokens', { as: access })).json, { code: 'insufficient_scope' })
})

t.test('scope narrows, and the API token decides at each call', async (t) => {
  const stranger = await client.signUp('Bob')
  const foreign = await createEchoListener(t, client, stranger)
  const pair = await createToken(t, client, owner)
  const { json } = await ask(fieldsOf(pair, { scope: `${listener.id} ${listener.id}` }))
  t.equal(json.scope, listener.id)
  t.equal((await call(json.access_token)).status, 200)
  const elsewhere = await call(json.access_token, other.path)
  t.match(elsewhere, { status: 404, json: { code: 'not_found' } })
  const as = owner.session
  t.match((await client.call('GET', `/v1/requests/${elsewhere.json.requestId}`, { as })).json, {
    reason: 'listener_not_in_scope'
  })

  const run = (await call(pair.token, other.path)).headers['sluice-run-id']
  t.equal((await client.call('GET', `/v1/runs/${run}`, { as: pair.token })).status, 200)
  t.equal((await client.call('GET', `/v1/runs/${run}`, { as: json.access_token })).status, 404, 'runs are narrowed too')
  const shown = (await client.call('GET', '/v1/runs', { as: json.access_token })).json.items
  t.ok(shown.length > 0 && shown.every(({ listenerId }: { listenerId: string }) => listenerId === listener.id))

  const narrow = await createToken(t, client, owner, { scope: { listeners: [listener.id] } })
  t.equal((await ask(fieldsOf(narrow))).json.scope, listener.id, 'that of the API token')
  const wide = await createToken(t, client, owner, { scope: { workspaces: [owner.workspaceId] } })
  t.equal((await ask(fieldsOf(wide, { scope: other.id }))).json.scope, other.id)
  t.equal((await ask(fieldsOf(wide))).json.scope, owner.workspaceId)
  for (const [who, scope] of [
    [narrow, other.id],
    [narrow, owner.workspaceId],
    [pair, foreign.id],
    [pair, stranger.workspaceId],
    [pair, 'lsn_0000000000000000000000'],
    [pair, `${listener.id} openid`],
    [pair, Array.from({ length: 33 }, (_, n) => `lsn_${String(n).padStart(22, '0')}`).join(' ')]
  ] as const) {
    const refused = await ask(fieldsOf(who, { scope }))
    t.match(refused, { status: 400, json: { error: 'invalid_scope' } }, scope)
  }

  const access = await accessOf(pair, { scope: listener.id })
  await client.call('PATCH', `/v1/tokens/${pair.id}`, { as, body: { scope: { listeners: [other.id] } } })
  t.equal((await call(access)).status, 404, 'the API token was narrowed')
})

t.test('401: from the moment the API token ends', async (t) => {
  const as = owner.session
  const ends: Record<string, [(pair: Pair) => Promise<unknown>, reason: string]> = {
    revoked: [({ id }) => client.call('DELETE', `/v1/tokens/${id}`, { as }), 'revoked'],
    disabled: [({ id }) => client.call('PATCH', `/v1/tokens/${id}`, { as, body: { enabled: false } }), 'disabled'],
    expired: [
      ({ id }) =>
        client.call('PATCH', `/v1/tokens/${id}`, {
          as,
          body: { expiresAt: new Date(clock.now() - 1000).toISOString() }
        }),
      'expired'
    ],
    'called from elsewhere': [
      ({ id }) => client.call('PATCH', `/v1/tokens/${id}`, { as, body: { allowedIps: ['10.0.0.0/8'] } }),
      'ip_not_allowed'
    ]
  }
  for (const [what, [end, reason]] of Object.entries(ends)) {
    const pair = await createToken(t, client, owner)
    const access = await accessOf(pair)
    t.equal((await call(access)).status, 200)
    await end(pair)
    const refused = await call(access)
    t.match(refused, { status: 401, json: { code: 'invalid_token' } }, what)
    t.match((await client.call('GET', `/v1/requests/${refused.json.requestId}`, { as })).json, {
      reason,
      credential: { kind: 'oauth', tokenId: pair.id }
    })
    t.match(await ask(fieldsOf(pair)), { status: 401, json: { error: 'invalid_client' } }, what)
    const { json } = await client.call('GET', `/v1/tokens/${pair.id}/denials`, { as })
    t.ok(json.items.some((item: { reason: string }) => item.reason === reason))
  }
})

t.test('401: after an hour, or with the end of an API token that ends sooner', async (t) => {
  t.teardown(clock.stop())
  const pair = await createToken(t, client, owner)
  const access = await accessOf(pair)
  clock.advance(3_599_000)
  t.equal((await call(access)).status, 200)
  clock.advance(2_000)
  t.match(await call(access), { status: 401, json: { code: 'invalid_token' } })
  await client.signIn(owner)
  const soon = await createToken(t, client, owner, { days: 1 })
  clock.advance(86_400_000 - 600_000)
  const { json } = await ask(fieldsOf(soon))
  t.ok(json.expires_in <= 600 && json.expires_in > 500, String(json.expires_in))
  clock.advance(601_000)
  t.equal((await call(json.access_token)).status, 401)
  await client.signIn(owner)
})

t.test('401: a suspended account, in every process', async (t) => {
  const bob = await client.signUp('Bob')
  const hook = await createEchoListener(t, client, bob)
  const pair = await createToken(t, client, bob)
  const access = await accessOf(pair)
  const second = await startSecondProcess(t, sluice)
  t.equal((await second.client.call('GET', hook.path, { as: access })).status, 200)
  const admin = await client.signUp('Admin')
  await sluice.services.database.pool.query(`update account set role = 'admin' where id = $1`, [admin.id])
  clock.advance(61_000)
  const suspended = await client.call('PATCH', `/v1/admin/accounts/${bob.id}`, {
    as: admin.session,
    body: { suspended: true }
  })
  t.equal(suspended.status, 200, suspended.text)
  t.equal((await call(access, hook.path)).status, 401)
  await until(
    async () => (await second.client.call('GET', hook.path, { as: access })).status === 401,
    30_000,
    'the other process refuses it'
  )
  t.match(await ask(fieldsOf(pair)), { status: 401, json: { error: 'invalid_client' } })
})

t.test('errors have the form of RFC 6749, section 5.2', async (t) => {
  const pair = await createToken(t, client, owner)
  const second = await createToken(t, client, owner)
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  const grant = { grant_type: 'client_credentials' }
  const wrong: [Promise<Answer<any>>, number, string][] = [
    [ask({}), 400, 'invalid_request'],
    [ask({ ...fieldsOf(pair), grant_type: 'password' }), 400, 'unsupported_grant_type'],
    [ask(grant), 401, 'invalid_client'],
    [ask({ ...grant, client_id: pair.id }), 401, 'invalid_client'],
    [ask(fieldsOf({ id: second.id, token: pair.token })), 401, 'invalid_client'],
    [ask(fieldsOf({ id: pair.id, token: `${pair.token.slice(0, -1)}!` })), 401, 'invalid_client'],
    [ask(fieldsOf({ id: pair.id, token: owner.session })), 401, 'invalid_client'],
    [ask(fieldsOf({ id: owner.email, token: owner.password })), 401, 'invalid_client'],
    [ask(grant, { headers: basic(`${pair.id}:%`) }), 401, 'invalid_client'],
    [ask(grant, { headers: { authorization: `Bearer ${pair.token}` } }), 401, 'invalid_client'],
    [ask(fieldsOf(pair), { headers: basic(`${pair.id}:${pair.token}`) }), 400, 'invalid_request'],
    [ask({ ...grant, client_id: second.id }, { headers: basic(`${pair.id}:${pair.token}`) }), 400, 'invalid_request'],
    [client.call('POST', '/oauth/token', { body: fieldsOf(pair) }), 400, 'invalid_request'],
    [
      client.call('POST', '/oauth/token', {
        raw: `${new URLSearchParams(fieldsOf(pair)).toString()}&grant_type=client_credentials`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' }
      }),
      400,
      'invalid_request'
    ]
  ]
  for (const [asked, status, error] of wrong) {
    const answer = await asked
    t.equal(answer.status, status, answer.text)
    t.equal(answer.json.error, error, answer.text)
    t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ })
    t.notMatch(answer.json.error_description ?? '', /["\\]|[^\x20-\x7e]/)
    if (status === 401) t.match(answer.headers['www-authenticate'], /Basic realm="sluice"/)
    t.notOk(answer.text.includes(pair.token))
  }
  t.equal((await ask({ ...grant, client_id: pair.id }, { headers: basic(`${pair.id}:${pair.token}`) })).status, 200)
  t.equal(
    (await ask(grant, { headers: basic(`${pair.id.replace('_', '%5F')}:${pair.token.replace('_', '%5f')}`) })).status,
    200,
    'form-encoded (RFC 6749, section 2.3.1)'
  )
  t.match(await client.call('GET', '/oauth/token'), { status: 405 })
  t.notOk(sluice.logged().includes(pair.token))
})

t.test('400: a management token gets no access tokens', async (t) => {
  const { id, token } = await createToken(t, client, owner, { permissions: ['listeners:read'] })
  t.match(await ask(fieldsOf({ id, token })), { status: 400, json: { error: 'unauthorized_client' } })
})

t.test('429: after ten wrong secrets of a client from an address; others go on', async (t) => {
  const pair = await createToken(t, client, owner)
  const bystander = await createToken(t, client, owner)
  const fleet = await Promise.all(Array.from({ length: 20 }, () => ask(fieldsOf(pair))))
  t.ok(
    fleet.every(({ status }) => status === 200),
    'right ones do not count'
  )
  const wrong = fieldsOf({ id: pair.id, token: bystander.token })
  const answers = await Promise.all(Array.from({ length: 15 }, () => ask(wrong)))
  t.equal(answers.filter(({ status, json }) => status === 401 && json.error === 'invalid_client').length, 10)
  const refused = answers.filter(({ status }) => status === 429)
  t.equal(refused.length, 5)
  t.match(refused[0], { json: { error: 'temporarily_unavailable' }, headers: { 'retry-after': /^\d+$/ } })
  t.equal((await ask(fieldsOf(pair))).status, 429, 'a guess that is right is none that is taken')
  t.equal((await ask(fieldsOf(bystander))).status, 200)
})

t.test('introspection, the inspector and revocation know it', async (t) => {
  const pair = await createToken(t, client, owner)
  const access = await accessOf(pair, { scope: listener.id })
  const as = owner.session
  const form = (at: string, token: string, session = as) =>
    client.call('POST', at, {
      as: session,
      raw: new URLSearchParams({ token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' }
    })
  t.match((await form('/v1/tokens/introspect', access)).json, {
    active: true,
    kind: 'oauth',
    client_id: pair.id,
    sub: pair.id,
    scope: `listener:${listener.id}`,
    exp: Number
  })
  t.match(await form('/v1/tokens/revoke', access), { status: 400, json: { error: 'unsupported_token_type' } })
  const inspect = async (token: string, session = as) =>
    (await client.call('POST', '/v1/tokens/inspect', { as: session, body: { token } })).json
  t.match(await inspect(access), { kind: 'oauth', valid: true, subject: { tokenId: pair.id } })
  const bob = await client.signUp('Bob')
  t.match(await inspect(access, bob.session), { kind: 'oauth', valid: false, subject: null })
  t.strictSame((await form('/v1/tokens/introspect', access, bob.session)).json, { active: false })
  await client.call('PATCH', `/v1/tokens/${pair.id}`, { as, body: { enabled: false } })
  t.strictSame((await form('/v1/tokens/introspect', access)).json, { active: false })
  const disabled = await inspect(access)
  t.match(
    disabled.checks.find(({ status }: { status: string }) => status === 'fail'),
    { check: 'enabled' }
  )
})
