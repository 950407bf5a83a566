import t from 'tap'
import { createToken } from '../fixtures/echo-listener.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, databaseUrl, url, services } = await startSluice(t)
const admin = await client.signUp('Admin')
const ada = await client.signUp('Ada')
const other = await startSecondProcess(t, { databaseUrl, url })

const suspend = async (workspaceId: string, suspended = true, reason?: string) =>
  client.call('PATCH', `/v1/admin/workspaces/${workspaceId}`, {
    as: admin.session,
    body: { suspended, ...(reason === undefined ? {} : { reason }) }
  })
const auditOf = async (workspaceId: string, action: string) =>
  (await client.call('GET', `/v1/admin/audit?target=${workspaceId}&action=${action}`, { as: admin.session })).json.items
const addOwner = (workspaceId: string, accountId: string) =>
  services.changes.transaction(async (tx, announce) => {
    await tx.member.create({ data: { workspaceId, accountId, role: 'owner', createdAt: new Date() } })
    announce('account', accountId)
  })
const SOON = 30_000

t.test('403: who may see a suspended workspace is told so, in every process; others see nothing', async (t) => {
  const workspace = await signingWorkspace(client, ada)
  const open = (
    await client.call('POST', `/v1/workspaces/${workspace.id}/listeners`, {
      as: ada.session,
      body: {
        name: 'open',
        flowId: (await client.call('GET', `/v1/listeners/${workspace.listenerId}`, { as: ada.session })).json.flowId,
        auth: { anonymous: true }
      }
    })
  ).json.id
  const { token } = await createToken(t, client, ada)
  const stranger = await createToken(t, client, admin)
  const action = (
    await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, {
      as: ada.session,
      body: { name: 'desk', listeners: [workspace.listenerId] }
    })
  ).json.actionPackageId
  const customer = workspace.sign({ id: 'c1', name: 'C' })
  const integration = (await client.call('POST', `/v1/actions/${action}/integration-token`, { as: customer })).json
    .token as string
  const run = (await client.call('GET', workspace.path, { as: token })).headers['sluice-run-id'] as string

  const calls = (through: typeof client) => ({
    token: () => through.call('GET', workspace.path, { as: token }),
    basic: () => through.call('GET', workspace.path, { as: { email: ada.email, password: ada.password } }),
    customer: () => through.call('GET', workspace.path, { as: customer }),
    integration: () => through.call('GET', workspace.path, { as: integration }),
    'self of a customer': () => through.call('GET', '/v1/self', { as: customer }),
    'self of an admin token': () => through.call('GET', '/v1/self', { as: workspace.sign({ isAdmin: true }) }),
    'profile by an integration token': () =>
      through.call('GET', '/v1/users/me', { headers: { accessToken: integration } }),
    'a run by its token': () => through.call('GET', `/v1/runs/${run}`, { as: token })
  })
  for (const through of [client, other.client])
    for (const [who, call] of Object.entries(calls(through))) t.equal((await call()).status, 200, who)
  t.equal((await other.client.call('GET', `/v1/dynamic/listener/${open}`)).status, 200)

  const suspended = await suspend(workspace.id, true, 'attacks others')
  t.match(suspended.json, {
    id: workspace.id,
    suspended: true,
    suspendedAt: /Z$/,
    reason: 'attacks others',
    owners: [{ id: ada.id, email: ada.email }]
  })
  await until(async () => (await calls(other.client).token()).status === 403, SOON, 'the other process knows')
  for (const through of [client, other.client]) {
    for (const [who, call] of Object.entries(calls(through))) {
      const answer = await call()
      t.match([answer.status, answer.json.code], [403, 'workspace_suspended'], who)
    }
    t.equal((await through.call('GET', `/v1/dynamic/listener/${open}`)).status, 401, 'nobody: as an absent one')
    t.equal(
      (await through.call('GET', workspace.path, { as: stranger.token })).status,
      404,
      'a stranger: as an absent one'
    )
    t.equal(
      (await through.call('GET', '/v1/self', { as: `${customer}x` })).status,
      401,
      'a wrong signature learns nothing'
    )
  }

  t.equal((await suspend(workspace.id, false)).json.suspended, false)
  await until(async () => (await calls(other.client).token()).status === 200, SOON, 'the other process knows')
  for (const through of [client, other.client])
    for (const [who, call] of Object.entries(calls(through))) t.equal((await call()).status, 200, `${who} again`)
  t.match(await auditOf(workspace.id, 'workspace.suspended'), [{ details: { reason: 'attacks others' } }])
  t.equal((await auditOf(workspace.id, 'workspace.resumed')).length, 1)
})

t.test('403: members of a suspended workspace read it and change nothing', async (t) => {
  const workspace = await signingWorkspace(client, ada)
  const base = `/v1/workspaces/${workspace.id}`
  const { flowId } = (await client.call('GET', `/v1/listeners/${workspace.listenerId}`, { as: ada.session })).json
  await suspend(workspace.id)
  const as = ada.session
  for (const path of [
    base,
    `${base}/flows`,
    `${base}/listeners`,
    `${base}/secrets`,
    `${base}/members`,
    `${base}/audit`
  ])
    t.equal((await client.call('GET', path, { as })).status, 200, path)
  t.equal((await client.call('GET', base, { as })).json.suspended, true)
  for (const [method, path, body] of [
    ['PATCH', base, { name: 'x' }],
    ['DELETE', base],
    ['PUT', `${base}/secrets/a`, { value: 'x' }],
    ['PATCH', `/v1/listeners/${workspace.listenerId}`, { name: 'x' }],
    ['POST', `/v1/flows/${flowId}/publish`, { version: 1 }],
    ['POST', `/v1/flows/${flowId}/simulate`, { input: {}, live: true }],
    ['POST', `/v1/listeners/${workspace.listenerId}/url-token`, { password: ada.password }],
    ['DELETE', `${base}/members/${ada.id}`],
    ['GET', `${base}/feed`]
  ] as const) {
    const answer = await client.call(method, path, { as, ...(body ? { body } : {}) })
    t.match([answer.status, answer.json.code], [403, 'workspace_suspended'], `${method} ${path}`)
  }
  const outside = await client.call('PATCH', base, { as: admin.session, body: { name: 'x' } })
  t.equal(outside.status, 404, 'an outsider does not learn that it is suspended')
})

t.test(
  '200: suspending the last owner suspends the workspace, and lifting that lifts it; an admin decides over it',
  async (t) => {
    const [one, two] = [await client.signUp('One'), await client.signUp('Two')]
    const workspace = one.workspaceId
    await addOwner(workspace, two.id)
    const account = (of: { id: string }, body: object) =>
      client.call('PATCH', `/v1/admin/accounts/${of.id}`, { as: admin.session, body })
    const isSuspended = async (id: string) =>
      (await client.call('GET', `/v1/admin/workspaces?q=${id}`, { as: admin.session })).json.items[0].suspended

    await account(one, { suspended: true })
    t.equal(await isSuspended(workspace), false, 'another owner remains')
    const left = await client.call('DELETE', `/v1/workspaces/${workspace}/members/${two.id}`, { as: two.session })
    t.match([left.status, left.json.code], [409, 'conflict'], 'who is the last that is not suspended, and stays')
    await account(two, { suspended: true })
    t.equal(await isSuspended(workspace), true)
    t.equal((await auditOf(workspace, 'workspace.suspended')).length, 1)
    await account(one, { suspended: false })
    t.equal(await isSuspended(workspace), false)
    t.equal(await isSuspended(two.workspaceId), true, "the other's own workspace stays")

    await suspend(two.workspaceId, true, 'for its own sake')
    await account(two, { suspended: false })
    t.equal(await isSuspended(two.workspaceId), true, "an admin's suspension outlives that of the owner")
  }
)

t.test('one of two owners who are suspended at once is the last', async (t) => {
  const [one, two] = [await client.signUp('One'), await client.signUp('Two')]
  await addOwner(one.workspaceId, two.id)
  const answers = await Promise.all(
    [
      [client, one],
      [other.client, two]
    ].map(([through, who]) =>
      (through as typeof client).call('PATCH', `/v1/admin/accounts/${(who as typeof one).id}`, {
        as: admin.session,
        body: { suspended: true }
      })
    )
  )
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 200]
  )
  const list = await client.call('GET', `/v1/admin/workspaces?suspended=true&q=${one.workspaceId}`, {
    as: admin.session
  })
  t.match(list.json.items, [{ id: one.workspaceId, suspended: true }])
})

t.test('tokens from before a suspension are revoked when it is lifted, unless they are to be restored', async (t) => {
  const bob = await client.signUp('Bob')
  const first = await createToken(t, client, bob)
  const patch = (body: object) => client.call('PATCH', `/v1/admin/accounts/${bob.id}`, { as: admin.session, body })
  const self = async () => (await client.call('GET', '/v1/self', { as: first.token })).status
  await patch({ suspended: true })
  t.equal(await self(), 401)
  await patch({ suspended: false, restoreTokens: true })
  t.equal(await self(), 200, 'restored')
  await patch({ suspended: false })
  t.equal(await self(), 200, 'there was no suspension to lift')
  await patch({ suspended: true })
  await patch({ suspended: false })
  t.equal(await self(), 401)
  const token = (await client.call('GET', `/v1/tokens/${first.id}`, { as: bob })).json
  t.match(token, { revokedAt: /Z$/, revokeReason: 'the account was suspended' })
  const refused = await patch({ suspended: true, restoreTokens: true })
  t.match([refused.status, refused.json.errors], [400, [{ pointer: '/restoreTokens' }]])
})

t.test('404 and 403: absent workspaces, and callers who are no admins', async (t) => {
  t.equal((await suspend('wsp_absent')).status, 404)
  t.equal((await suspend('nothing')).status, 404)
  for (const [method, path] of [
    ['GET', '/v1/admin/workspaces'],
    ['PATCH', `/v1/admin/workspaces/${ada.workspaceId}`]
  ] as const) {
    const answer = await client.call(method, path, {
      as: ada.session,
      ...(method === 'PATCH' ? { body: { suspended: true } } : {})
    })
    t.match([answer.status, answer.json.code], [403, 'insufficient_scope'])
  }
})
