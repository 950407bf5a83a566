import t from 'tap'
import { checksum } from '../../src/lib/opaque-token.ts'
import { PERMISSIONS } from '../../src/tokens/permissions.ts'
import { basicHeader, echoFlow, TOKEN_CARRIERS } from '../fixtures/credentials.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, clock, databaseUrl, url, logged } = await startSluice(t)
const admin = await client.signUp('Admin')
const ada = await client.signUp('Ada')
const second = (await client.call('POST', '/v1/workspaces', { as: ada.session, body: { name: 'Second' } })).json.id
const workspace = await signingWorkspace(client, ada)
const listener = { id: workspace.listenerId, path: workspace.path }
const DAY = 86_400_000
const create = (as: string, body: object) => client.call('POST', '/v1/tokens', { as, body: { days: 0, ...body } })
const form = (path: string, as: string, token: string) =>
  client.call('POST', path, {
    as,
    raw: new URLSearchParams({ token }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' }
  })

t.test('201: a management token has its own prefix, the checksum of all, and shows its permissions', async (t) => {
  const made = await createManagementToken(client, ada, ['tokens:read', 'usage:read'])
  t.match(made.token, /^slm_[0-9A-Za-z]{60}$/)
  t.equal(made.token.slice(58), checksum(made.token.slice(0, 58)))
  t.match(made, { format: 'opaque', permissions: ['tokens:read', 'usage:read'], start: made.token.slice(0, 12) })
  const listed = (await client.call('GET', `/v1/tokens/${made.id}`, { as: made.token })).json
  t.strictSame(listed.permissions, ['tokens:read', 'usage:read'])
  t.match((await client.call('GET', '/v1/self', { as: made.token })).json, {
    kind: 'management',
    account: { id: ada.id, name: 'Ada' },
    token: { id: made.id, expiresAt: null }
  })
  t.notOk(logged().includes(made.token))
  const inspected = await client.call('POST', '/v1/tokens/inspect', { as: ada.session, body: { token: made.token } })
  t.match(inspected.json, { kind: 'management', valid: true })
})

t.test('400: what a management token cannot be', async (t) => {
  for (const [body, pointer] of [
    [{ permissions: [] }, '/permissions'],
    [{ permissions: ['tokens:everything'] }, '/permissions/0'],
    [{ permissions: ['usage:read'], format: 'jwt' }, '/format'],
    [{ permissions: ['usage:read'], scope: { listeners: [listener.id] } }, '/scope/listeners'],
    [{ permissions: ['usage:read'], rateLimit: { limit: 1, windowSeconds: 1 } }, '/rateLimit'],
    [{ permissions: ['usage:read'], scope: { workspaces: [admin.workspaceId] } }, '/scope/workspaces/0']
  ] as const) {
    const answer = await create(ada.session, { name: 'no', password: ada.password, ...body })
    t.match([answer.status, answer.json.errors], [400, [{ pointer }]], JSON.stringify(body))
  }
  const { token } = (await client.call('POST', '/v1/sessions', { body: { email: ada.email, password: ada.password } }))
    .json
  const refused = await create(token, { name: 'no', permissions: ['usage:read'] })
  t.match([refused.status, refused.json.code], [403, 'confirmation_required'])
})

t.test('401: at a listener it is refused in every carrier, and its owner reads why', async (t) => {
  const { id, token } = await createManagementToken(client, ada, PERMISSIONS)
  for (const [carrier, of] of Object.entries(TOKEN_CARRIERS)) {
    const { headers, query } = of(token)
    const answer = await client.call('GET', `${listener.path}${query ? `?${query}` : ''}`, {
      headers: headers ? [headers] : []
    })
    t.match([answer.status, answer.json.code], [401, 'invalid_token'], carrier)
  }
  const denials = (await client.call('GET', `/v1/tokens/${id}/denials`, { as: token })).json.items
  t.strictSame([...new Set(denials.map(({ reason }: { reason: string }) => reason))], ['management_token'])
  for (const [carrier, of] of Object.entries(TOKEN_CARRIERS)) {
    const { headers, query } = of(token)
    if (carrier.includes('Bearer')) continue
    const answer = await client.call('GET', `/v1/tokens${query ? `?${query}` : ''}`, {
      headers: headers ? [headers] : []
    })
    t.equal(answer.status, 401, `management by ${carrier}`)
  }
})

t.test(
  '401: revoked, expired, disabled, from another address, or of a suspended account it does nothing',
  async (t) => {
    const bob = await client.signUp('Bob')
    const read = async (as: string) => (await client.call('GET', '/v1/tokens', { as })).status
    const of = (body: object) => createManagementToken(client, bob, ['tokens:read'], { ...body })
    const [revoked, expired, disabled, suspended] = [await of({}), await of({ days: 1 }), await of({}), await of({})]
    const elsewhere = await of({ allowedIps: ['203.0.113.0/24'] })
    t.strictSame([await read(revoked.token), await read(expired.token), await read(elsewhere.token)], [200, 200, 401])
    await client.call('DELETE', `/v1/tokens/${revoked.id}`, { as: bob })
    await client.call('PATCH', `/v1/tokens/${disabled.id}`, { as: bob, body: { enabled: false } })
    t.strictSame([await read(revoked.token), await read(disabled.token)], [401, 401])
    await client.call('PATCH', `/v1/admin/accounts/${bob.id}`, { as: admin, body: { suspended: true } })
    t.equal(await read(suspended.token), 401)
    await client.call('PATCH', `/v1/admin/accounts/${bob.id}`, {
      as: admin,
      body: { suspended: false, restoreTokens: true }
    })
    t.equal(await read(suspended.token), 200)
    clock.advance(2 * DAY)
    t.equal(await read(expired.token), 401)
    await client.signIn(ada)
    await client.signIn(admin)
  }
)

t.test('a revocation on one process is in force on another', async (t) => {
  const other = await startSecondProcess(t, { databaseUrl, url })
  const { id, token } = await createManagementToken(client, ada, ['flows:read'])
  const read = async () =>
    (await other.client.call('GET', `/v1/workspaces/${workspace.id}/flows`, { as: token })).status
  t.equal(await read(), 200)
  await client.call('DELETE', `/v1/tokens/${id}`, { as: ada })
  await until(async () => (await read()) === 401, 30_000, 'the other process knows')
})

t.test('tokens that it makes: without a password, never more than it has', async (t) => {
  const maker = await createManagementToken(client, ada, ['tokens:write', 'tokens:read'], {
    days: 10,
    scope: { workspaces: [workspace.id] }
  })
  const made = await create(maker.token, { name: 'cut', days: 0 })
  t.equal(made.status, 201, made.text)
  t.match(made.json, { expiresAt: maker.expiresAt, scope: { workspaces: [workspace.id] }, permissions: null })
  t.equal((await client.call('GET', listener.path, { as: made.json.token })).status, 200)
  const shorter = await create(maker.token, { name: 'shorter', days: 1, scope: { listeners: [listener.id] } })
  t.match([shorter.status, shorter.json.scope], [201, { listeners: [listener.id] }])
  for (const scope of [{ workspaces: [second] }, { workspaces: [workspace.id, second] }]) {
    const wider = await create(maker.token, { name: 'wider', days: 1, scope })
    t.match([wider.status, wider.json.code], [403, 'insufficient_scope'])
  }
  const management = await create(maker.token, { name: 'management', days: 1, permissions: ['tokens:read'] })
  t.match([management.status, management.json.code], [403, 'insufficient_scope'])

  const patch = (id: string, body: object) => client.call('PATCH', `/v1/tokens/${id}`, { as: maker.token, body })
  t.equal((await patch(shorter.json.id, { expiresAt: null })).json.expiresAt, maker.expiresAt, 'cut')
  t.equal((await patch(shorter.json.id, { scope: null })).json.scope.workspaces[0], workspace.id)
  t.equal((await patch(shorter.json.id, { scope: { workspaces: [second] } })).status, 403)
  t.equal((await patch(maker.id, { name: 'itself' })).json.code, 'insufficient_scope', 'not itself')
  const rotated = await client.call('POST', `/v1/tokens/${shorter.json.id}/rotate`, {
    as: maker.token,
    body: { overlapSeconds: 0 }
  })
  t.equal(rotated.status, 201, rotated.text)
  t.equal(
    (await client.call('POST', `/v1/tokens/${maker.id}/rotate`, { as: maker.token, body: { overlapSeconds: 0 } }))
      .status,
    403
  )
  const urlToken = await client.call('POST', `/v1/listeners/${listener.id}/url-token`, { as: maker.token, body: {} })
  t.match([urlToken.status, urlToken.json.expiresAt], [201, maker.expiresAt])

  const outside = await createToken(t, client, ada, { scope: { workspaces: [second] } })
  const unscoped = await createToken(t, client, ada)
  const ids = (await client.call('GET', '/v1/tokens?limit=200', { as: maker.token })).json.items.map(
    ({ id }: { id: string }) => id
  )
  t.ok(ids.includes(made.json.id))
  for (const { id } of [outside, unscoped]) {
    t.notOk(ids.includes(id), 'beyond its scope: not listed')
    for (const [method, path, body] of [
      ['GET', `/v1/tokens/${id}`],
      ['GET', `/v1/tokens/${id}/denials`],
      ['PATCH', `/v1/tokens/${id}`, { name: 'x' }],
      ['POST', `/v1/tokens/${id}/rotate`, { overlapSeconds: 0 }],
      ['DELETE', `/v1/tokens/${id}`]
    ] as const)
      t.equal((await client.call(method, path, { as: maker.token, ...(body ? { body } : {}) })).status, 404, path)
  }
  t.equal((await form('/v1/tokens/revoke', maker.token, outside.token)).status, 200)
  t.equal((await form('/v1/tokens/revoke', maker.token, ada.session)).status, 200)
  t.equal((await client.call('GET', '/v1/self', { as: outside.token })).status, 200, 'changed nothing')
  t.equal((await client.call('GET', '/v1/account', { as: ada.session })).status, 200, 'nor a session')

  t.equal((await client.call('DELETE', `/v1/tokens/${maker.id}`, { as: ada })).status, 204)
  t.equal((await client.call('GET', listener.path, { as: made.json.token })).status, 200, 'revoking it leaves them')
})

t.test('introspection is of tokens within its scope, and of no session', async (t) => {
  const server = await createManagementToken(client, ada, ['tokens:introspect'], {
    scope: { workspaces: [workspace.id] }
  })
  const inside = await createToken(t, client, ada, { scope: { listeners: [listener.id] } })
  const outside = await createToken(t, client, ada, { scope: { workspaces: [second] } })
  const unscoped = await createToken(t, client, ada)
  const foreign = await createToken(t, client, admin)
  const isActive = async (token: string) => (await form('/v1/tokens/introspect', server.token, token)).json.active
  t.strictSame(
    [
      await isActive(inside.token),
      await isActive(outside.token),
      await isActive(unscoped.token),
      await isActive(foreign.token),
      await isActive(ada.session)
    ],
    [true, false, false, false, false]
  )
  const whole = await createManagementToken(client, ada, ['tokens:introspect'])
  t.equal((await form('/v1/tokens/introspect', whole.token, unscoped.token)).json.active, true)
  t.equal((await form('/v1/tokens/introspect', whole.token, foreign.token)).json.active, false)
})

t.test('its scope, and the role of its account, bound what it manages', async (t) => {
  const scoped = await createManagementToken(client, ada, ['flows:read', 'flows:write'], {
    scope: { workspaces: [workspace.id] }
  })
  const save = (workspaceId: string, as: string) =>
    client.call('POST', `/v1/workspaces/${workspaceId}/flows`, { as, body: echoFlow(`by-${workspaceId.slice(-6)}`) })
  const saved = await save(workspace.id, scoped.token)
  t.equal(saved.status, 201, saved.text)
  t.equal((await save(second, scoped.token)).status, 404, 'outside its scope')
  t.equal((await save(admin.workspaceId, scoped.token)).status, 404, 'of others')
  const { createdBy } = (await client.call('GET', `/v1/flows/${saved.json.id}/versions`, { as: scoped.token })).json
    .items[0]
  t.match(createdBy, { id: scoped.id, name: /^management/ })
  const live = await client.call('POST', `/v1/flows/${saved.json.id}/simulate`, {
    as: scoped.token,
    body: { input: {}, live: true }
  })
  t.match([live.status, live.json.code], [403, 'insufficient_scope'])
  const dry = await client.call('POST', `/v1/flows/${saved.json.id}/simulate`, {
    as: scoped.token,
    body: { input: {} }
  })
  t.equal(dry.status, 200, dry.text)

  const audit = (await client.call('GET', '/v1/account/audit?action=flow.created', { as: ada.session })).json.items
  t.match(audit[0], { actorKind: 'management', actorId: scoped.id })
  const byAdmin = await createManagementToken(client, admin, PERMISSIONS)
  t.equal(
    (await client.call('GET', '/v1/admin/accounts', { as: byAdmin.token })).status,
    403,
    'that of an admin is no admin'
  )
  t.equal((await client.call('GET', `/v1/tokens/${scoped.id}`, { as: byAdmin.token })).status, 404)
  t.equal((await client.call('GET', '/v1/account', { headers: [basicHeader(ada)] })).status, 200, 'Basic stays')
})

t.test('a leak report ends it', async (t) => {
  const { token } = await createManagementToken(client, ada, ['tokens:read'])
  await client.call('POST', '/v1/tokens/report-leak', { body: { tokens: [`found ${token} in a log`] } })
  t.equal((await client.call('GET', '/v1/tokens', { as: token })).status, 401)
})
