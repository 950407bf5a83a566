import t from 'tap'
import { echoFlow } from '../fixtures/credentials.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'
import { addMember } from '../fixtures/members.ts'

const sluice = await startSluice(t)
const { client } = sluice
const ada = await client.signUp('Ada')
const at = `/v1/workspaces/${ada.workspaceId}/listeners`
const { json: flow } = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
  as: ada.session,
  body: echoFlow()
})

const create = (body: object) =>
  client.call('POST', at, { as: ada.session, body: { name: 'Echo', flowId: flow.id, ...body } })
const dynamic = (id: string) => `/v1/dynamic/listener/${id}`

t.test('201: only name and flow are required; every other setting has a default', async (t) => {
  const made = await create({})
  t.equal(made.status, 201)
  const { id, createdAt, updatedAt, ...rest } = made.json
  t.match(id, /^lsn_/)
  t.equal(createdAt, updatedAt)
  t.same(rest, {
    workspaceId: ada.workspaceId,
    name: 'Echo',
    key: null,
    path: null,
    flowId: flow.id,
    url: `${sluice.url}${dynamic(id)}`,
    pathUrl: null,
    methods: null,
    mode: 'sync',
    enabled: true,
    respond: 'output',
    statusMode: 'strict',
    auth: {},
    timeoutSeconds: 30,
    corsOrigins: [],
    allowedIps: [],
    rateLimit: null,
    priority: 0,
    maxConcurrency: null,
    onDeadline: 'fail',
    allowAsync: null,
    showSteps: false,
    records: 'all',
    rawBody: false,
    signature: null,
    mcp: false,
    steps: 'all'
  })
  t.equal((await client.call('GET', dynamic(id), { as: ada })).status, 200, 'the listener can be called at once')
  t.same((await client.call('GET', `/v1/listeners/${id}`, { as: ada.session })).json, made.json)
})

t.test('201: every setting is stored as given', async (t) => {
  const settings = {
    methods: ['POST', 'PUT'],
    mode: 'async',
    enabled: false,
    respond: 'http',
    statusMode: 'compat',
    auth: { carriers: ['bearer', 'header'], principals: ['token'], anonymous: true },
    timeoutSeconds: 300,
    corsOrigins: ['https://shop.example', '*'],
    allowedIps: ['10.0.0.0/8', '::1'],
    rateLimit: { limit: 10, windowSeconds: 60 },
    records: 'failed',
    steps: 'failed'
  }
  const made = await create(settings)
  t.equal(made.status, 201, made.text)
  t.match(made.json, settings)
  t.match((await client.call('GET', `/v1/listeners/${made.json.id}`, { as: ada.session })).json, settings)
})

t.test('400: each invalid or unknown setting has its own error', async (t) => {
  const wrong: [object, string][] = [
    [{ name: '' }, '/name'],
    [{ flowId: 7 }, '/flowId'],
    [{ methods: [] }, '/methods'],
    [{ methods: ['get'] }, '/methods/0'],
    [{ methods: ['GET', 'GET'] }, '/methods'],
    [{ methods: ['OPTIONS'] }, '/methods/0'],
    [{ mode: 'later' }, '/mode'],
    [{ enabled: 'yes' }, '/enabled'],
    [{ respond: 'html' }, '/respond'],
    [{ statusMode: '' }, '/statusMode'],
    [{ auth: { carriers: ['cookie'] } }, '/auth/carriers/0'],
    [{ auth: { principals: [] } }, '/auth/principals'],
    [{ auth: { anonymous: 1 } }, '/auth/anonymous'],
    [{ auth: { other: true } }, '/auth/other'],
    [{ timeoutSeconds: 0 }, '/timeoutSeconds'],
    [{ timeoutSeconds: 301 }, '/timeoutSeconds'],
    [{ timeoutSeconds: 1.5 }, '/timeoutSeconds'],
    [{ corsOrigins: ['https://shop.example/'] }, '/corsOrigins/0'],
    [{ corsOrigins: ['shop.example'] }, '/corsOrigins/0'],
    [{ allowedIps: ['10.0.0.0/33'] }, '/allowedIps/0'],
    [{ rateLimit: { limit: 0, windowSeconds: 60 } }, '/rateLimit/limit'],
    [{ records: 'some' }, '/records'],
    [{ steps: 'none' }, '/steps'],
    [{ workspaceId: 'wsp_x' }, '/workspaceId'],
    [{ id: 'lsn_x' }, '/id']
  ]
  const {
    json: { id }
  } = await create({})
  for (const [body, pointer] of wrong) {
    for (const refused of [
      await create(body),
      await client.call('PATCH', `/v1/listeners/${id}`, { as: ada.session, body })
    ]) {
      t.equal(refused.status, 400, JSON.stringify(body))
      t.ok(
        refused.json.errors.some((error: { pointer: string }) => error.pointer === pointer),
        `${JSON.stringify(body)}: ${refused.text}`
      )
    }
  }
})

t.test('400: a flow of another workspace looks like an absent one', async (t) => {
  const bob = await client.signUp('Bob')
  const { json: foreign } = await client.call('POST', `/v1/workspaces/${bob.workspaceId}/flows`, {
    as: bob.session,
    body: echoFlow()
  })
  const {
    json: { id }
  } = await create({})
  const answers = new Set<string>()
  for (const flowId of [foreign.id, 'flw_0000000000000000000000', 'nonsense']) {
    for (const refused of [
      await create({ flowId }),
      await client.call('PATCH', `/v1/listeners/${id}`, { as: ada.session, body: { flowId } })
    ]) {
      answers.add(`${refused.status} ${refused.text.replace(refused.json.requestId, '')}`)
      t.match(refused.json, { code: 'validation_failed', errors: [{ pointer: '/flowId' }] }, flowId)
    }
  }
  t.equal(answers.size, 1)
})

t.test('200: a change applies from the next call; omitted settings stay', async (t) => {
  const { json: made } = await create({ methods: ['GET'], rateLimit: { limit: 10, windowSeconds: 60 } })
  const patch = async (body: object) => {
    const answer = await client.call('PATCH', `/v1/listeners/${made.id}`, { as: ada.session, body })
    t.equal(answer.status, 200, answer.text)
    return answer.json
  }
  const call = async (method = 'GET') => (await client.call(method, dynamic(made.id), { as: ada })).status
  t.equal(await call(), 200)
  sluice.clock.advance(1000)
  const off = await patch({ enabled: false })
  t.same(off, { ...made, enabled: false, updatedAt: off.updatedAt })
  t.ok(off.updatedAt > made.updatedAt)
  t.equal(await call(), 403)
  await patch({ enabled: true })
  t.equal(await call(), 200)
  t.equal(await call('POST'), 405)
  t.equal((await patch({ methods: null, rateLimit: null })).methods, null)
  t.equal(await call('POST'), 200)
  const open = { ...made, methods: null, rateLimit: null }
  t.same({ ...(await patch({})), updatedAt: '' }, { ...open, updatedAt: '' }, 'an empty change changes nothing')

  const { json: other } = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
    as: ada.session,
    body: {
      document: {
        dsl: '1.0.3',
        namespace: 'test',
        name: `other-${made.id}`.toLowerCase().replace('_', '-'),
        version: '1.0.0'
      },
      do: [{ answer: { set: { other: true } } }]
    }
  })
  await patch({ flowId: other.id })
  t.same((await client.call('GET', dynamic(made.id), { as: ada })).json, { other: true }, 'another flow runs at once')
})

t.test('a change in one process reaches another', async (t) => {
  const second = await startSecondProcess(t, sluice)
  const {
    json: { id }
  } = await create({})
  const call = async () => (await second.client.call('GET', dynamic(id), { as: ada })).status
  t.equal(await call(), 200)
  await client.call('PATCH', `/v1/listeners/${id}`, { as: ada.session, body: { enabled: false } })
  await until(async () => (await call()) === 403, 30_000, 'the other process rejects the call')
  await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })
  await until(async () => (await call()) === 404, 30_000, 'the other process no longer finds the listener')
})

t.test('204, then 404: a deleted listener is absent on the next call; its runs stay', async (t) => {
  const {
    json: { id }
  } = await create({})
  await client.call('GET', dynamic(id), { as: ada })
  t.equal((await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })).status, 204)
  t.equal((await client.call('GET', dynamic(id), { as: ada })).status, 404)
  t.equal((await client.call('DELETE', `/v1/listeners/${id}`, { as: ada.session })).status, 404)
  t.equal((await client.call('GET', `/v1/runs?listenerId=${id}`, { as: ada.session })).json.items.length, 1)
})

t.test('200: the listeners of a workspace, newest first, in pages', async (t) => {
  const person = await client.signUp()
  const { json: mine } = await client.call('POST', `/v1/workspaces/${person.workspaceId}/flows`, {
    as: person.session,
    body: echoFlow()
  })
  const path = `/v1/workspaces/${person.workspaceId}/listeners`
  for (const name of ['a', 'b', 'c'])
    await client.call('POST', path, { as: person.session, body: { name, flowId: mine.id } })
  const first = await client.call('GET', `${path}?limit=2`, { as: person.session })
  const second = await client.call('GET', `${path}?limit=2&cursor=${first.json.nextCursor}`, { as: person.session })
  t.same(
    [...first.json.items, ...second.json.items].map(({ name }) => name),
    ['c', 'b', 'a']
  )
  t.equal(second.json.nextCursor, null)
})

t.test('201: a URL token can call only this listener, and the URL contains no secret', async (t) => {
  const [{ json: one }, { json: other }] = [await create({ name: 'One' }), await create({ name: 'Other' })]
  const made = await client.call('POST', `/v1/listeners/${one.id}/url-token`, {
    as: ada.session,
    body: { password: ada.password }
  })
  t.equal(made.status, 201, made.text)
  t.match(made.json, {
    token: /^slc_/,
    url: one.url,
    name: /^One URL /,
    scope: { listeners: [one.id] },
    format: 'opaque'
  })
  t.notMatch(made.json.url, made.json.token)
  t.equal(Math.round((Date.parse(made.json.expiresAt) - Date.parse(made.json.createdAt)) / 86_400_000), 365)
  t.equal(made.headers['cache-control'], 'no-store')
  t.equal((await client.call('GET', dynamic(one.id), { as: made.json.token })).status, 200)
  t.equal((await client.call('GET', `${dynamic(one.id)}?access_token=${made.json.token}`)).status, 200)
  t.equal((await client.call('GET', dynamic(other.id), { as: made.json.token })).status, 404)

  const again = await client.call('POST', `/v1/listeners/${one.id}/url-token`, {
    as: ada.session,
    body: { password: ada.password }
  })
  t.equal(again.status, 201, 'another one without a name')
  const named = await client.call('POST', `/v1/listeners/${one.id}/url-token`, {
    as: ada.session,
    body: { password: ada.password, name: 'for the shop', days: 0 }
  })
  t.match(named.json, { name: 'for the shop', expiresAt: null })
  const taken = await client.call('POST', `/v1/listeners/${one.id}/url-token`, {
    as: ada.session,
    body: { password: ada.password, name: 'for the shop' }
  })
  t.equal(taken.status, 409)
})

t.test("403: a URL token needs the account's password", async (t) => {
  const {
    json: { id }
  } = await create({})
  const refused = await client.call('POST', `/v1/listeners/${id}/url-token`, {
    as: ada.session,
    body: { password: 'wrong' }
  })
  t.equal(refused.status, 403)
  t.equal(refused.json.code, 'password_incorrect')
})

t.test('404: a foreign listener, an absent one and an invalid id get the same response from every call', async (t) => {
  const {
    json: { id: foreign }
  } = await create({})
  const bob = await client.signUp('Bob')
  for (const [method, path, body] of [
    ['GET', ''],
    ['PATCH', '', { name: 'x' }],
    ['DELETE', ''],
    ['POST', '/url-token', { password: bob.password }]
  ] as [string, string, unknown?][]) {
    const answers = new Set<string>()
    for (const id of [foreign, 'lsn_0000000000000000000000', 'nonsense', '%00']) {
      const answer = await client.call(method, `/v1/listeners/${id}${path}`, { as: bob.session, body })
      answers.add(`${answer.status} ${answer.text.replace(answer.json.requestId, '')}`)
    }
    t.equal(answers.size, 1, `${method} ${path}`)
    t.match([...answers][0], /^404 /, `${method} ${path}`)
  }
})

t.test('403: a viewer can read listeners and issue tokens for them, but not change them', async (t) => {
  const {
    json: { id }
  } = await create({})
  const viewer = await client.signUp()
  await addMember(client, ada, viewer, 'viewer')
  t.equal((await client.call('GET', `/v1/listeners/${id}`, { as: viewer.session })).status, 200)
  t.equal(
    (
      await client.call('POST', `/v1/listeners/${id}/url-token`, {
        as: viewer.session,
        body: { password: viewer.password }
      })
    ).status,
    201
  )
  t.equal((await client.call('POST', at, { as: viewer.session, body: { name: 'x', flowId: flow.id } })).status, 403)
  t.equal(
    (await client.call('PATCH', `/v1/listeners/${id}`, { as: viewer.session, body: { enabled: false } })).status,
    403
  )
  t.equal((await client.call('DELETE', `/v1/listeners/${id}`, { as: viewer.session })).status, 403)
})

t.test('a flow cannot be deleted while a listener that uses it is created', async (t) => {
  for (let round = 0; round < 5; round++) {
    const { json: raced } = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
      as: ada.session,
      body: echoFlow(`raced-${round}`)
    })
    const [made, deleted] = await Promise.all([
      create({ flowId: raced.id }),
      client.call('DELETE', `/v1/flows/${raced.id}`, { as: ada.session })
    ])
    t.match(`${made.status} ${deleted.status}`, /^(201 409|400 204)$/, 'one of the two wins')
  }
})

t.test('409: a workspace holds at most 1,000 listeners', async (t) => {
  const person = await client.signUp()
  const { json: mine } = await client.call('POST', `/v1/workspaces/${person.workspaceId}/flows`, {
    as: person.session,
    body: echoFlow()
  })
  await sluice.services.database.pool.query(
    `
    insert into listener (
      id, workspace_id, name, flow_id, methods, mode, enabled, respond, status_mode, auth, timeout_seconds,
      cors_origins, allowed_ips, created_at, updated_at
    )
    select 'lsn_x' || n, $1, 'n', $2, '{}', 'sync', true, 'output', 'strict', '{}', 30, '{}', '{}', now(), now()
      from generate_series(1, 1000) n`,
    [person.workspaceId, mine.id]
  )
  t.equal(
    (
      await client.call('POST', `/v1/workspaces/${person.workspaceId}/listeners`, {
        as: person.session,
        body: { name: 'x', flowId: mine.id }
      })
    ).status,
    409
  )
  t.equal(
    (await client.call('DELETE', `/v1/workspaces/${person.workspaceId}`, { as: person.session })).status,
    204,
    'a full workspace can be deleted'
  )
})

t.test('409: a key names one listener of a workspace; another workspace can use it too', async (t) => {
  const ada = await client.signUp('Ada of keys')
  const flow = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, { as: ada, body: echoFlow() })
  const create = (body: object) =>
    client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
      as: ada,
      body: { name: 'Keyed', flowId: flow.json.id, ...body }
    })
  const first = await create({ key: 'orders' })
  t.match(first.json, { key: 'orders' })
  t.match((await create({ key: 'orders' })).json, { status: 409, detail: /has this key/ })
  const second = await create({})
  const path = `/v1/listeners/${second.json.id}`
  t.equal((await client.call('PATCH', path, { as: ada, body: { key: 'orders' } })).status, 409)
  t.match((await client.call('PATCH', path, { as: ada, body: { key: 'orders-2' } })).json, { key: 'orders-2' })
  t.match((await client.call('PATCH', path, { as: ada, body: { key: null } })).json, { key: null })
  for (const key of ['', 'Orders', '-a', 'a b', 'a'.repeat(65), 'ä']) t.equal((await create({ key })).status, 400, key)
  const bob = await client.signUp('Bob of keys')
  const other = await client.call('POST', `/v1/workspaces/${bob.workspaceId}/flows`, { as: bob, body: echoFlow() })
  const theirs = await client.call('POST', `/v1/workspaces/${bob.workspaceId}/listeners`, {
    as: bob,
    body: { name: 'Keyed', flowId: other.json.id, key: 'orders' }
  })
  t.equal(theirs.status, 201, theirs.text)
})
