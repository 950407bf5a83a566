import t from 'tap'
import { customerToken, signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { addMember } from '../fixtures/members.ts'

const sluice = await startSluice(t)
const { client } = sluice
const owner = await client.signUp('Ada')
const workspace = await signingWorkspace(client, owner)
const now = Math.floor(Date.now() / 1000)

const self = (token: string) => client.call('GET', '/v1/self', { as: token })

t.test('200: a first token creates the customer, and the flow gets its id, name and fields', async (t) => {
  const token = workspace.sign({ id: 'user-1', name: 'Grace', fields: { plan: 'pro', nested: { a: [1] } } })
  const answer = await client.call('POST', workspace.path, { as: token, body: { a: 1 } })
  t.equal(answer.status, 200, answer.text)
  t.strictSame(answer.json.caller, {
    kind: 'customer',
    id: 'user-1',
    name: 'Grace',
    fields: { plan: 'pro', nested: { a: [1] } },
    workspaceId: workspace.id
  })
  t.notMatch(answer.text, token.split('.')[2] ?? token, 'the flow gets no credential')

  const me = await self(token)
  t.equal(me.status, 200, me.text)
  t.strictSame(Object.keys(me.json).sort(), [
    'createdAt',
    'fields',
    'id',
    'internalId',
    'lastActiveAt',
    'name',
    'workspaceKey'
  ])
  t.match(me.json, {
    id: 'user-1',
    name: 'Grace',
    internalId: /^cus_/,
    fields: { plan: 'pro' },
    workspaceKey: workspace.key
  })
})

t.test('401: a customer token is accepted only as a bearer, never in the URL or another header', async (t) => {
  const token = workspace.sign({ id: 'bearer-only' })
  t.equal((await client.call('GET', workspace.path, { as: token })).status, 200)
  for (const name of ['access_token', 'token', 'jwt_token'])
    t.match(
      (await client.call('GET', `${workspace.path}?${name}=${token}`)).json,
      { code: 'invalid_token' },
      `?${name}`
    )
  for (const name of ['access_token', 'jwt_token'])
    t.match(
      (await client.call('GET', workspace.path, { headers: { [name]: token } })).json,
      { code: 'invalid_token' },
      name
    )
})

t.test('200: the three shapes of a token name the same customer', async (t) => {
  const shapes = [
    customerToken({ iss: workspace.key, id: 'shape' }, workspace.secret),
    customerToken({ workspaceKey: workspace.key, id: 'shape' }, workspace.secret),
    customerToken({ workspaceKey: workspace.key, tenantKey: 'shape' }, workspace.secret)
  ]
  const ids = await Promise.all(shapes.map(async (token) => (await self(token)).json.internalId))
  t.match(ids[0], /^cus_/)
  t.equal(new Set(ids).size, 1, 'even if its first calls are concurrent')
})

t.test('name and fields come from the newest token, and an older token never overwrites them', async (t) => {
  const at = (iat: number, claims: object) => workspace.sign({ id: 'follow', iat, ...claims })
  const second = at(now - 50, { name: 'second', fields: { n: 2 } })
  t.match((await self(second)).json, { name: 'second', fields: { n: 2 } })
  t.match((await self(at(now - 100, { name: 'first', fields: { n: 1 } }))).json, { name: 'second', fields: { n: 2 } })
  t.match(
    (await self(at(now - 10, { name: 'third' }))).json,
    { name: 'third', fields: { n: 2 } },
    'an absent claim changes nothing'
  )
  t.match((await self(second)).json, { name: 'third' }, 'a token seen before does not undo a newer one')
  t.strictSame((await self(at(now - 5, { fields: {} }))).json.fields, {}, 'fields are replaced, not merged')

  await t.test('tokens without iat are compared by exp', async (t) => {
    const until = (exp: number, name: string) => workspace.sign({ id: 'no-iat', exp, name })
    t.equal((await self(until(now + 500, 'later'))).json.name, 'later')
    t.equal((await self(until(now + 400, 'earlier'))).json.name, 'later')
    t.equal((await self(until(now + 600, 'latest'))).json.name, 'latest')
  })

  await t.test('times outside the calendar are accepted', async (t) => {
    t.equal((await self(workspace.sign({ id: 'ancient', iat: -253_402_300_799, exp: 253_402_300_799 }))).status, 200)
  })
})

t.test('a call uses the claims of its own token, even if a newer token has others', async (t) => {
  const older = workspace.sign({ id: 'own-word', iat: now - 100, fields: { plan: 'free' } })
  await self(workspace.sign({ id: 'own-word', iat: now, name: 'Known', fields: { plan: 'pro' } }))
  const { caller } = (await client.call('GET', workspace.path, { as: older })).json
  t.strictSame(caller.fields, { plan: 'free' })
  t.equal(caller.name, 'Known', 'an absent claim comes from the stored record')
})

t.test('lastActiveAt moves with calls', async (t) => {
  const token = workspace.sign({ id: 'active', exp: now + 7200 })
  const before = (await self(token)).json
  sluice.clock.advance(60_000)
  await client.call('GET', workspace.path, { as: token })
  const after = (await self(token)).json
  t.ok(Date.parse(after.lastActiveAt) - Date.parse(before.lastActiveAt) >= 60_000)
  t.equal(after.createdAt, before.createdAt)
  sluice.clock.advance(-60_000)
})

t.test('runs: a customer can read only its own', async (t) => {
  const [one, two] = [workspace.sign({ id: 'runs-1' }), workspace.sign({ id: 'runs-2' })]
  const first = await client.call('GET', workspace.path, { as: one })
  const second = await client.call('GET', workspace.path, { as: two })
  const runId = first.headers['sluice-run-id']
  t.strictSame(
    (await client.call('GET', '/v1/runs', { as: one })).json.items.map(({ id }: { id: string }) => id),
    [runId]
  )
  t.equal((await client.call('GET', `/v1/runs/${runId}`, { as: one })).status, 200)
  const foreign = await client.call('GET', `/v1/runs/${second.headers['sluice-run-id']}`, { as: one })
  t.equal(foreign.status, 404)
  t.equal(
    (await client.call('GET', `/v1/runs/${runId}`, { as: owner.session })).json.caller.id,
    'runs-1',
    'members of the workspace see the run'
  )
})

t.test('admin tokens', async (t) => {
  const admin = workspace.sign({ isAdmin: true })
  t.strictSame((await self(admin)).json, { isAdmin: true, workspaceKey: workspace.key })
  const list = await client.call('GET', `/v1/workspaces/${workspace.id}/customers`, { as: admin })
  t.equal(list.status, 200, list.text)
  t.ok(list.json.items.some(({ id }: { id: string }) => id === 'user-1'))
  t.equal(
    (await client.call('GET', workspace.path, { as: admin })).status,
    401,
    'an admin token has no customer and cannot call a listener'
  )
  t.equal((await client.call('GET', '/v1/runs', { as: admin })).status, 403)
  t.equal((await client.call('GET', '/v1/tokens', { as: admin })).status, 403)
  t.equal((await self(workspace.sign({ isAdmin: true, id: 'both' }))).status, 401)
  t.equal((await self(workspace.sign({ isAdmin: false }))).status, 401)
})

t.test('members and admin tokens manage customers', async (t) => {
  const path = `/v1/workspaces/${workspace.id}/customers`
  const token = workspace.sign({ id: 'a/b ünï', name: 'Odd', iat: now - 100 })
  const { internalId } = (await self(token)).json

  await t.test('200: a customer is found by either id', async (t) => {
    for (const id of [internalId, encodeURIComponent('a/b ünï')]) {
      const answer = await client.call('GET', `${path}/${id}`, { as: owner.session })
      t.equal(answer.status, 200, answer.text)
      t.equal(answer.json.internalId, internalId)
    }
    t.equal((await client.call('GET', `${path}/nobody`, { as: owner.session })).status, 404)
    t.equal((await client.call('GET', `${path}/%00`, { as: owner.session })).status, 404)
  })

  await t.test('200: customers are found by name and by a prefix of the id', async (t) => {
    const found = async (q: string) =>
      (await client.call('GET', `${path}?q=${encodeURIComponent(q)}`, { as: owner.session })).json.items.map(
        ({ id }: { id: string }) => id
      )
    t.strictSame(await found('odd'), ['a/b ünï'])
    t.strictSame(await found('a/b'), ['a/b ünï'])
    t.strictSame(await found('%'), [])
  })

  await t.test(
    '200: a change overrides tokens signed before it, and tokens signed later override the change',
    async (t) => {
      const changed = await client.call('PATCH', `${path}/${internalId}`, {
        as: owner.session,
        body: { name: 'Changed', fields: { by: 'owner' } }
      })
      t.match(changed.json, { name: 'Changed', fields: { by: 'owner' } })
      t.equal((await self(workspace.sign({ id: 'a/b ünï', name: 'Before', iat: now - 60 }))).json.name, 'Changed')
      t.equal((await self(workspace.sign({ id: 'a/b ünï', name: 'After', iat: now + 20 }))).json.name, 'After')
    }
  )

  await t.test('400: values that no token could have', async (t) => {
    for (const body of [
      { name: 1 },
      { fields: [] },
      { id: 'other' },
      { fields: { a: 'x'.repeat(5000) } },
      { fields: { a: '\u0000' } },
      { name: '\u0000' }
    ]) {
      t.equal(
        (await client.call('PATCH', `${path}/${internalId}`, { as: owner.session, body })).status,
        400,
        JSON.stringify(body).slice(0, 50)
      )
    }
  })

  await t.test('200: an empty change overrides no token', async (t) => {
    const { internalId } = (await self(workspace.sign({ id: 'unchanged', name: 'First', iat: now - 60 }))).json
    const asked = await client.call('PATCH', `${path}/${internalId}`, { as: owner.session, body: {} })
    t.match(asked, { status: 200, json: { name: 'First' } })
    t.equal((await self(workspace.sign({ id: 'unchanged', name: 'Second', iat: now - 50 }))).json.name, 'Second')
  })

  await t.test('204: a deleted customer is created again, with another internal id, by its next token', async (t) => {
    t.equal(
      (await client.call('DELETE', `${path}/${internalId}`, { as: workspace.sign({ isAdmin: true }) })).status,
      204
    )
    t.equal((await client.call('GET', `${path}/${internalId}`, { as: owner.session })).status, 404)
    t.equal((await client.call('DELETE', `${path}/${internalId}`, { as: owner.session })).status, 404)
    const again = await self(token)
    t.equal(again.status, 200)
    t.not(again.json.internalId, internalId)
  })

  await t.test('403: insufficient roles, tokens of accounts, customers', async (t) => {
    const viewer = await client.signUp('Viewer')
    await addMember(client, owner, viewer, 'viewer', workspace.id)
    t.equal((await client.call('GET', path, { as: viewer.session })).status, 200)
    t.equal((await client.call('PATCH', `${path}/user-1`, { as: viewer.session, body: { name: 'x' } })).status, 403)
    t.equal((await client.call('DELETE', `${path}/user-1`, { as: viewer.session })).status, 403)
    t.equal((await client.call('GET', path, { as: workspace.sign({ id: 'user-1' }) })).status, 403)
  })
})

t.test('PATCH /v1/self: credentials are stored sealed, and flows read them as $secrets.customer', async (t) => {
  const flow = {
    document: { dsl: '1.0.3', namespace: 'test', name: 'keeps', version: '1.0.0' },
    use: { secrets: ['customer'] },
    do: [
      {
        call: {
          call: 'http',
          with: {
            method: 'get',
            endpoint: {
              uri: `${sluice.url}/v1/self`,
              authentication: { bearer: { token: '${ $secrets.customer.apiKey }' } }
            }
          }
        }
      }
    ]
  }
  const created = await client.call('POST', `/v1/workspaces/${workspace.id}/flows`, { as: owner.session, body: flow })
  t.equal(created.status, 201, created.text)
  const listener = await client.call('POST', `/v1/workspaces/${workspace.id}/listeners`, {
    as: owner.session,
    body: { name: 'keeps', flowId: created.json.id }
  })
  const token = workspace.sign({ id: 'keeper' })

  const kept = await client.call('PATCH', '/v1/self', {
    as: token,
    body: { credentials: { apiKey: 'key-of-the-customer' } }
  })
  t.equal(kept.status, 200, kept.text)
  t.notMatch(kept.text, /key-of-the-customer/)
  t.notMatch((await self(token)).text, /credentials|key-of/)
  const {
    rows: [row]
  } = await sluice.services.database.pool.query('select credentials from customer where external_id = $1', ['keeper'])
  t.match(row.credentials, /^v1\./)

  const run = await client.call('GET', `/v1/dynamic/listener/${listener.json.id}`, { as: token })
  // Flows cannot reach this gateway. What matters: the flow had the secret, and nothing shows it.
  t.equal(run.status, 502, run.text)
  const { text } = await client.call('GET', `/v1/runs/${run.headers['sluice-run-id']}`, { as: owner.session })
  t.notMatch(text, /key-of-the-customer/)
  t.equal(
    (
      await client.call('GET', `/v1/dynamic/listener/${listener.json.id}`, {
        as: workspace.sign({ id: 'keeps-nothing' })
      })
    ).status,
    500,
    'another customer has none'
  )

  const record = `/v1/workspaces/${workspace.id}/customers/keeper`
  const shown = await client.call('GET', record, { as: owner.session })
  t.match(shown.json, { credentialNames: ['apiKey'], credentialsUpdatedAt: String })
  t.equal((await client.call('DELETE', `${record}/credentials`, { as: owner.session })).status, 204)
  t.match((await client.call('GET', record, { as: owner.session })).json, {
    credentialNames: [],
    credentialsUpdatedAt: null
  })
  t.equal((await client.call('PATCH', '/v1/self', { as: token, body: { credentials: null } })).status, 200)
  t.equal(
    (await client.call('GET', `/v1/dynamic/listener/${listener.json.id}`, { as: token })).status,
    500,
    'null removes the credentials'
  )
  for (const body of [{}, { credentials: 'x'.repeat(70_000) }, { credentials: 1, name: 'x' }])
    t.equal((await client.call('PATCH', '/v1/self', { as: token, body })).status, 400)
  t.equal((await client.call('PATCH', '/v1/self', { as: owner.session, body: { credentials: 1 } })).status, 403)
})

t.test('GET /v1/self of accounts and their tokens', async (t) => {
  t.match((await self(owner.session)).json, { kind: 'session', account: { id: owner.id, email: owner.email } })
  t.match((await client.call('GET', '/v1/self', { as: owner })).json, { kind: 'basic', account: { id: owner.id } })
  const {
    json: { token, id }
  } = await client.call('POST', '/v1/tokens', {
    as: owner.session,
    body: { name: 'mine', days: 1, password: owner.password }
  })
  const answer = await self(token)
  t.match(answer.json, { kind: 'token', account: { id: owner.id }, token: { id, name: 'mine' } })
  t.notMatch(answer.text, token)
  t.equal((await client.call('GET', '/v1/self')).status, 401)
})
