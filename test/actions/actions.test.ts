import t from 'tap'
import { customerToken, signingWorkspace } from '../fixtures/customer-token.ts'
import { TOKEN_CARRIERS } from '../fixtures/credentials.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { addMember } from '../fixtures/members.ts'

const ORIGIN = 'https://orders.example.com'
const sluice = await startSluice(t)
const { client } = sluice
const admin = await client.signUp('Root')
const owner = await client.signUp('Ada')
const workspace = await signingWorkspace(client, owner)
const other = await signingWorkspace(client, owner, 'Other')

async function createAction(body: object = {}) {
  const answer = await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, {
    as: owner.session,
    body: { name: 'Order desk', origins: [ORIGIN], listeners: [workspace.listenerId], ...body }
  })
  t.equal(answer.status, 201, answer.text)
  return answer.json.actionPackageId as string
}

const issue = (actionId: string, as: string | { email: string; password: string }) =>
  client.call('POST', `/v1/actions/${actionId}/integration-token`, { as })
const issueToken = async (actionId: string, as: string): Promise<string> => (await issue(actionId, as)).json.token
const me = (token: string, headers: Record<string, string> = {}) =>
  client.call('GET', '/v1/users/me', { headers: { accessToken: token, ...headers } })

t.test('201: an action is created, read, listed and changed', async (t) => {
  const id = await createAction({ name: 'First' })
  t.match(id, /^act_/)
  const read = await client.call('GET', `/v1/actions/${id}`, { as: owner.session })
  t.match(read.json, {
    actionPackageId: id,
    workspaceId: workspace.id,
    name: 'First',
    origins: [ORIGIN],
    listeners: [workspace.listenerId]
  })
  t.ok(
    (await client.call('GET', `/v1/workspaces/${workspace.id}/actions`, { as: owner.session })).json.items.some(
      ({ actionPackageId }: { actionPackageId: string }) => actionPackageId === id
    )
  )
  const foreign = await client.call('PATCH', `/v1/actions/${id}`, {
    as: owner.session,
    body: { listeners: [workspace.listenerId, other.listenerId] }
  })
  t.equal(foreign.status, 400)
  t.match(foreign.json.errors, [{ pointer: '/listeners/1' }])
  for (const origins of [['*'], ['https://a.example.com/'], ['a.example.com'], ['ftp://a.example.com']]) {
    t.equal(
      (await client.call('PATCH', `/v1/actions/${id}`, { as: owner.session, body: { origins } })).status,
      400,
      origins.join()
    )
  }
  t.equal((await client.call('GET', `/v1/actions/${id}`, { as: admin.session })).status, 404)
  t.equal((await client.call('DELETE', `/v1/actions/${id}`, { as: owner.session })).status, 204)
  t.equal((await client.call('GET', `/v1/actions/${id}`, { as: owner.session })).status, 404)
})

t.test('201: integration tokens live for 30 minutes and name their user', async (t) => {
  const id = await createAction()
  const issued = await issue(id, owner.session)
  t.equal(issued.status, 201, issued.text)
  t.strictSame(Object.keys(issued.json).sort(), ['expiresAt', 'token'])
  t.equal(issued.headers['cache-control'], 'no-store')
  t.ok(Math.abs(Date.parse(issued.json.expiresAt) - Date.now() - 30 * 60_000) < 60_000)

  await client.call('PATCH', '/v1/account', { as: owner.session, body: { phoneNumber: '+44 20 7946 0000' } })
  t.strictSame((await me(issued.json.token)).json, {
    id: owner.id,
    name: 'Ada',
    phoneNumber: '+44 20 7946 0000',
    pictureUrl: null,
    actionPackageId: id
  })

  const bare = await issueToken(id, workspace.sign({ id: 'user-1' }))
  t.strictSame((await me(bare)).json, {
    id: 'user-1',
    name: null,
    phoneNumber: null,
    pictureUrl: null,
    actionPackageId: id
  })
  const full = await issueToken(
    id,
    workspace.sign({
      id: 'user-2',
      name: 'Grace',
      fields: { phoneNumber: '+1 202', pictureUrl: 'https://example.com/g.png' }
    })
  )
  t.strictSame((await me(full)).json, {
    id: 'user-2',
    name: 'Grace',
    phoneNumber: '+1 202',
    pictureUrl: 'https://example.com/g.png',
    actionPackageId: id
  })

  t.equal((await issue(id, admin.session)).status, 404, 'an account that is not a member sees no action')
  t.equal((await issue(id, other.sign({ id: 'user-1' }))).status, 404, "nor does another workspace's customer")
  t.equal((await issue(id, workspace.sign({ isAdmin: true }))).status, 403)
  t.equal((await issue(id, full)).status, 401, 'an integration token cannot issue another one')

  sluice.clock.advance(30 * 60_000 + 1_000)
  t.equal((await me(issued.json.token)).status, 401)
  sluice.clock.advance(-30 * 60_000 - 1_000)
})

t.test('one kind of token is never accepted as another', async (t) => {
  const id = await createAction()
  const integration = await issueToken(id, owner.session)
  const made = async (format: string) =>
    (
      await client.call('POST', '/v1/tokens', {
        as: owner.session,
        body: { name: `as ${format}`, days: 1, password: owner.password, format }
      })
    ).json.token as string
  const others = {
    session: owner.session,
    opaque: await made('opaque'),
    jwt: await made('jwt'),
    customer: workspace.sign({ id: 'user-1' }),
    admin: workspace.sign({ isAdmin: true }),
    nonsense: 'nonsense',
    empty: ''
  }

  for (const [kind, token] of Object.entries(others)) {
    await t.test(`401: ${kind} at /v1/users/me`, async (t) => t.equal((await me(token)).status, 401))
  }
  await t.test('401: an integration token at the endpoints of accounts and their tokens', async (t) => {
    const places: [string, string][] = [
      ['GET', '/v1/self'],
      ['GET', '/v1/account'],
      ['GET', '/v1/runs'],
      ['GET', '/v1/tokens'],
      ['GET', `/v1/actions/${id}`],
      ['GET', `/v1/workspaces/${workspace.id}/customers`]
    ]
    for (const [method, path] of places)
      t.equal((await client.call(method, path, { as: integration })).status, 401, `${method} ${path}`)
  })
  await t.test('401: a token whose typ was changed to the other kind', async (t) => {
    const withType = (token: string, typ: string): string => {
      const [header = '', ...rest] = token.split('.')
      return [
        Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(header, 'base64url').toString()), typ })).toString(
          'base64url'
        ),
        ...rest
      ].join('.')
    }
    t.equal((await client.call('GET', workspace.path, { as: withType(integration, 'at+jwt') })).status, 401)
    t.equal((await client.call('GET', workspace.path, { as: withType(integration, 'JWT') })).status, 401)
    t.equal((await me(withType(others.jwt, 'sluice-integration+jwt'))).status, 401)
  })
  await t.test('401 without a credential or with one in another place, 400 with two', async (t) => {
    t.match((await client.call('GET', '/v1/users/me')).json, { status: 401, code: 'unauthenticated' })
    t.equal((await client.call('GET', '/v1/users/me', { as: integration })).status, 401)
    t.equal((await client.call('GET', `/v1/users/me?accessToken=${integration}`)).status, 401)
    for (const [carrier, put] of Object.entries(TOKEN_CARRIERS)) {
      const { headers, query = '' } = put(integration)
      t.equal(
        (await client.call('GET', `/v1/users/me?${query}`, { headers: headers ? [headers] : [] })).status,
        401,
        carrier
      )
      const twice = await client.call('GET', `/v1/users/me?${query}`, {
        headers: [...(headers ? [headers] : []), ['accessToken', integration]]
      })
      t.match(twice.json, { status: 400, code: 'invalid_request' }, `${carrier} beside accessToken`)
    }
    t.equal(
      (await client.call('GET', '/v1/users/me', { as: owner.session, headers: { accessToken: integration } })).status,
      400
    )
    t.equal(
      (
        await client.call('GET', '/v1/users/me', {
          headers: [
            ['accessToken', integration],
            ['accessToken', integration]
          ]
        })
      ).status,
      400
    )
  })
})

t.test('200: it calls only the listeners of its action, by every carrier', async (t) => {
  const id = await createAction()
  const unnamed = await createAction({ listeners: [] })
  const customer = await issueToken(id, workspace.sign({ id: 'user-1', name: 'Grace', fields: { plan: 'pro' } }))
  for (const [carrier, put] of Object.entries(TOKEN_CARRIERS)) {
    const { headers, query } = put(customer)
    const answer = await client.call('GET', `${workspace.path}${query ? `?${query}` : ''}`, {
      headers: headers ? [headers] : []
    })
    t.equal(answer.status, 200, `${carrier} ${answer.text}`)
    t.strictSame(answer.json.caller, {
      kind: 'action',
      id: 'user-1',
      name: 'Grace',
      fields: { plan: 'pro' },
      actionPackageId: id,
      workspaceId: workspace.id
    })
    t.notMatch(answer.text, customer)
  }
  const account = (await client.call('GET', workspace.path, { as: await issueToken(id, owner.session) })).json.caller
  t.strictSame(account, { kind: 'action', id: owner.id, name: 'Ada', actionPackageId: id, workspaceId: workspace.id })
  t.equal((await client.call('GET', other.path, { as: customer })).status, 404)
  t.equal((await client.call('GET', workspace.path, { as: await issueToken(unnamed, owner.session) })).status, 404)
  const own = (await client.call('GET', '/v1/runs', { as: workspace.sign({ id: 'user-1' }) })).json.items
  t.ok(own.length >= Object.keys(TOKEN_CARRIERS).length, 'the customer sees the runs made for it')
})

t.test('401 at once: the action, the user or the workspace was deleted', async (t) => {
  const id = await createAction()
  const works = async (token: string) =>
    (await me(token)).status === 200 && (await client.call('GET', workspace.path, { as: token })).status === 200
  const refused = async (token: string, what: string) => {
    t.equal((await me(token)).status, 401, `${what}: /v1/users/me`)
    t.equal((await client.call('GET', workspace.path, { as: token })).status, 401, `${what}: listener`)
  }

  const member = await client.signUp('Member')
  const join = () => addMember(client, owner, member, 'viewer', workspace.id)
  await join()
  const ofMember = await issueToken(id, member.session)
  t.ok(await works(ofMember))
  await client.call('DELETE', `/v1/workspaces/${workspace.id}/members/${member.id}`, { as: owner.session })
  await refused(ofMember, 'no longer a member')
  await join()
  t.ok(await works(ofMember))
  await client.call('PATCH', `/v1/admin/accounts/${member.id}`, { as: admin.session, body: { suspended: true } })
  await refused(ofMember, 'suspended')

  const signed = workspace.sign({ id: 'leaver' })
  const ofCustomer = await issueToken(id, signed)
  t.ok(await works(ofCustomer))
  await client.call('DELETE', `/v1/workspaces/${workspace.id}/customers/leaver`, { as: owner.session })
  await refused(ofCustomer, 'customer deleted')
  t.equal((await client.call('GET', '/v1/self', { as: signed })).status, 200)
  await refused(ofCustomer, 'a customer that is created again is another one')

  const ofOwner = await issueToken(id, owner.session)
  t.ok(await works(ofOwner))
  await client.call('DELETE', `/v1/actions/${id}`, { as: owner.session })
  await refused(ofOwner, 'action deleted')

  const doomed = await signingWorkspace(client, owner, 'Doomed')
  const action = await client.call('POST', `/v1/workspaces/${doomed.id}/actions`, {
    as: owner.session,
    body: { name: 'doomed', listeners: [doomed.listenerId] }
  })
  const [byAccount, byCustomer] = [
    await issueToken(action.json.actionPackageId, owner.session),
    await issueToken(action.json.actionPackageId, doomed.sign({ id: 'x' }))
  ]
  for (const token of [byAccount, byCustomer]) t.equal((await me(token)).status, 200)
  t.equal((await client.call('DELETE', `/v1/workspaces/${doomed.id}`, { as: owner.session })).status, 204)
  for (const token of [byAccount, byCustomer]) t.equal((await me(token)).status, 401, 'workspace deleted')
  t.equal(
    (await client.call('GET', '/v1/self', { as: customerToken({ iss: doomed.key, id: 'x' }, doomed.secret) })).status,
    401
  )
})

t.test("CORS: pages of the action's origins, preflight too, and no others", async (t) => {
  const id = await createAction({ origins: ['https://one.example.com'] })
  const second = await createAction({ origins: ['https://two.example.com'] })
  const token = await issueToken(id, owner.session)
  const preflight = (path: string, origin: string) =>
    client.call('OPTIONS', path, {
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
    })
  const allowed = (answer: { headers: Record<string, unknown> }) => answer.headers['access-control-allow-origin']

  for (const path of [workspace.path, `/v1/actions/${id}/integration-token`, '/v1/users/me']) {
    const good = await preflight(path, 'https://one.example.com')
    t.equal(good.status, 204, path)
    t.equal(allowed(good), 'https://one.example.com')
    t.equal(good.headers['access-control-allow-headers'], 'authorization')
    t.notOk(good.headers['access-control-allow-credentials'])
    const bad = await preflight(path, 'https://evil.example.com')
    t.equal(bad.status, 404, path)
    t.notOk(allowed(bad))
  }
  t.equal(
    (await preflight(`/v1/actions/${id}/integration-token`, 'https://two.example.com')).status,
    404,
    "another action's origin"
  )
  t.equal((await preflight(other.path, 'https://one.example.com')).status, 404, 'a listener that is not in the action')

  const call = (path: string, origin: string, as?: string) =>
    client.call('GET', path, { ...(as ? { as } : {}), headers: { origin } })
  t.equal(allowed(await call(workspace.path, 'https://one.example.com', token)), 'https://one.example.com')
  t.notOk(allowed(await call(workspace.path, 'https://two.example.com', token)), "its token from another action's page")
  t.notOk(
    allowed(await call(workspace.path, 'https://one.example.com', workspace.sign({ id: 'user-1' }))),
    'another credential from its page'
  )
  t.equal(
    allowed(await call(workspace.path, 'https://one.example.com', 'eyJ.bad.bad')),
    'https://one.example.com',
    'a page can read the error'
  )
  t.equal(allowed(await me(token, { origin: 'https://one.example.com' })), 'https://one.example.com')
  t.notOk(allowed(await me(token, { origin: 'https://two.example.com' })))

  await client.call('PATCH', `/v1/actions/${second}`, { as: owner.session, body: { origins: [] } })
  t.equal(
    (await preflight(workspace.path, 'https://two.example.com')).status,
    404,
    'at once when the origin is removed'
  )
  t.equal((await preflight('/v1/users/me', 'https://two.example.com')).status, 404)
  await client.call('DELETE', `/v1/actions/${id}`, { as: owner.session })
  t.equal((await preflight(workspace.path, 'https://one.example.com')).status, 404)
})
