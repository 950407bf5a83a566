import t from 'tap'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { startSluice } from '../fixtures/sluice.ts'
import type { Person } from '../fixtures/client.ts'

const { client, clock, services } = await startSluice(t)
const admin = await client.signUp('Admin')
const ada = await client.signUp('Ada')
const second = (await client.call('POST', '/v1/workspaces', { as: ada.session, body: { name: 'Second' } })).json.id
const workspace = await signingWorkspace(client, ada)
const listener = { id: workspace.listenerId, path: workspace.path }
const DAY = 86_400_000
let names = 0
const create = (days: number, body: object = {}, of: Person = ada) =>
  client.call('POST', '/v1/tokens', {
    as: of,
    body: { name: `p${++names}`, days, ...body }
  })
const installation = (policy: object, by: string | Person = admin) =>
  client.call('PUT', '/v1/admin/policy', { as: by, body: policy })
const ofWorkspace = (policy: object, workspaceId: string = workspace.id, by: string = ada.session) =>
  client.call('PUT', `/v1/workspaces/${workspaceId}/policy`, { as: by, body: policy })

t.test('200: policies are read by whom they concern, replaced whole, and cleared with {}', async (t) => {
  t.strictSame((await client.call('GET', '/v1/admin/policy', { as: admin.session })).json, {})
  const policy = { maxDays: 90, allowUnlimited: false, unusedDays: 60, signupDomains: ['example.com'] }
  t.strictSame((await installation(policy)).json, policy)
  t.strictSame((await client.call('GET', '/v1/admin/policy', { as: admin.session })).json, policy)
  t.strictSame((await installation({ maxDays: 5 })).json, { maxDays: 5 }, 'what is left out is gone')
  t.strictSame((await installation({})).json, {})
  t.strictSame((await ofWorkspace(policy)).json, policy)
  t.strictSame((await client.call('GET', `/v1/workspaces/${workspace.id}/policy`, { as: ada.session })).json, policy)
  t.strictSame((await ofWorkspace({})).json, {})
  const lines = (await client.call('GET', '/v1/admin/audit?action=policy.changed', { as: admin.session })).json.items
  t.match(lines, [{ target: workspace.id }, { target: workspace.id }, {}, {}, { details: { maxDays: 90 } }])
})

t.test('403 and 404: who may not, and sessions that are not confirmed', async (t) => {
  for (const method of ['GET', 'PUT'] as const)
    t.match(
      (await client.call(method, '/v1/admin/policy', { as: ada.session, ...(method === 'PUT' ? { body: {} } : {}) }))
        .json,
      {
        code: 'insufficient_scope'
      }
    )
  const { token } = (
    await client.call('POST', '/v1/sessions', { body: { email: admin.email, password: admin.password } })
  ).json
  t.match((await installation({}, token)).json, { code: 'confirmation_required' })
  t.equal((await installation({ password: admin.password }, token)).status, 200)
  t.equal((await ofWorkspace({}, workspace.id, admin.session)).status, 404, 'admins do not see it')
  const viewer = await client.signUp('Viewer')
  await services.changes.transaction(async (tx, announce) => {
    await tx.member.create({
      data: { workspaceId: second, accountId: viewer.id, role: 'viewer', createdAt: new Date() }
    })
    announce('account', viewer.id)
  })
  t.equal((await client.call('GET', `/v1/workspaces/${second}/policy`, { as: viewer.session })).status, 200)
  t.match((await ofWorkspace({}, second, viewer.session)).json, { code: 'insufficient_scope' })
  for (const policy of [{ maxDays: 0 }, { unusedDays: 1.5 }, { signupDomains: ['a@b'] }, { other: 1 }])
    t.equal((await installation(policy)).status, 400, JSON.stringify(policy))
})

t.test('400: a token beyond the policy is refused, and the stricter of both holds', async (t) => {
  await installation({ maxDays: 30 })
  await ofWorkspace({ maxDays: 10 })
  const refusal = (pointer: string) => ({ status: 400, json: { code: 'validation_failed', errors: [{ pointer }] } })
  t.match(await create(31), refusal('/days'))
  t.match(await create(0), refusal('/days'), 'unlimited is longer than any')
  t.match(await create(11), refusal('/days'), 'without a scope: the strictest of its workspaces')
  t.equal((await create(10)).status, 201)
  t.equal((await create(30, { scope: { workspaces: [second] } })).status, 201, 'another workspace')
  t.match(await create(31, { scope: { workspaces: [second] } }), refusal('/days'))
  t.match(await create(11, { scope: { workspaces: [workspace.id] } }), refusal('/days'))
  t.match(await create(11, { scope: { listeners: [listener.id] } }), refusal('/days'))
  t.match(await create(11, { permissions: ['usage:read'] }), refusal('/days'), 'management tokens too')
  const url = (days: number) =>
    client.call('POST', `/v1/listeners/${listener.id}/url-token`, { as: ada, body: { days } })
  t.match(await url(11), refusal('/days'))
  t.equal((await url(10)).status, 201)

  await installation({ maxDays: 30, allowUnlimited: true })
  t.equal((await create(0, { scope: { workspaces: [second] } })).status, 201, 'unlimited ones by name')
  t.match(await create(0), refusal('/days'), 'not where a workspace forbids them')
  await installation({ allowUnlimited: false })
  t.match(await create(0, { scope: { workspaces: [second] } }), refusal('/days'))
  t.equal((await create(400, { scope: { workspaces: [second] } })).status, 201)
  await installation({})
  await ofWorkspace({})
})

t.test('400: a later end, another scope and a rotation fit the policy too; what gets shorter needs not', async (t) => {
  const old = (await create(0, { scope: { workspaces: [second] } })).json
  const long = (await create(100, { scope: { workspaces: [workspace.id] } })).json
  await ofWorkspace({ maxDays: 10 })
  const patch = (id: string, body: object) => client.call('PATCH', `/v1/tokens/${id}`, { as: ada, body })
  const at = (days: number) => new Date(clock.now() + days * DAY).toISOString()
  t.match((await patch(old.id, { scope: { workspaces: [workspace.id] } })).json, {
    code: 'validation_failed',
    errors: [{ pointer: '/scope' }]
  })
  t.equal((await patch(long.id, { expiresAt: at(50) })).status, 200, 'sooner, if still beyond')
  t.match((await patch(long.id, { expiresAt: at(60) })).json, { errors: [{ pointer: '/expiresAt' }] })
  t.equal((await patch(long.id, { name: 'renamed' })).status, 200)
  const rotate = (id: string) =>
    client.call('POST', `/v1/tokens/${id}/rotate`, { as: ada, body: { overlapSeconds: 0 } })
  t.match([(await rotate(long.id)).status, (await rotate(long.id)).json.code], [400, 'validation_failed'])
  t.equal((await patch(long.id, { expiresAt: at(9) })).status, 200)
  t.equal((await rotate(long.id)).status, 201)
  await ofWorkspace({})
})

t.test('a management token cuts to its end before the policy is asked', async (t) => {
  const maker = await createManagementToken(client, ada, ['tokens:write'], { days: 5 })
  await installation({ maxDays: 6 })
  const made = await client.call('POST', '/v1/tokens', { as: maker.token, body: { name: 'cut', days: 0 } })
  t.match([made.status, made.json.expiresAt], [201, maker.expiresAt])
  await installation({})
})

t.test(
  '403: admins and owners need the second factor that a policy asks for, and can take the rule back',
  async (t) => {
    const code = { code: 'insufficient_scope' }
    t.equal((await installation({ requireSecondFactor: true })).status, 200)
    t.match((await client.call('GET', '/v1/admin/accounts', { as: admin.session })).json, code)
    t.match(
      (await client.call('PATCH', `/v1/workspaces/${second}`, { as: ada.session, body: { name: 'x' } })).json,
      code
    )
    t.equal((await client.call('GET', `/v1/workspaces/${second}`, { as: ada.session })).status, 200, 'others go on')
    t.equal((await installation({})).status, 200)
    t.equal((await client.call('GET', '/v1/admin/accounts', { as: admin.session })).status, 200)
    await ofWorkspace({ requireSecondFactor: true }, second)
    t.match(
      (await client.call('PATCH', `/v1/workspaces/${second}`, { as: ada.session, body: { name: 'x' } })).json,
      code
    )
    const first = await client.call('PATCH', `/v1/workspaces/${workspace.id}`, {
      as: ada.session,
      body: { name: 'x' }
    })
    t.equal(first.status, 200, 'another workspace')
    await ofWorkspace({}, second)
    t.equal(
      (await client.call('PATCH', `/v1/workspaces/${second}`, { as: ada.session, body: { name: 'y' } })).status,
      200
    )
  }
)

t.test('403: sign-up of other domains is closed, which match exactly', async (t) => {
  await installation({ signupDomains: ['example.com', 'münchen.example'] })
  const signUp = (email: string) =>
    client.call('POST', '/v1/accounts', {
      from: '127.9.1.1',
      body: { email, password: 'a pass phrase of nobody', name: 'N' }
    })
  t.equal((await signUp('one@example.com')).status, 201)
  t.equal((await signUp('two@EXAMPLE.com')).status, 201)
  t.equal((await signUp('three@xn--mnchen-3ya.example')).status, 201, 'the same name in ASCII')
  for (const email of ['a@sub.example.com', 'a@example.com.evil.test', 'a@notexample.com', 'a@example.org'])
    t.match([(await signUp(email)).status, (await signUp(email)).json.code], [403, 'insufficient_scope'], email)
  await installation({})
})
