import t from 'tap'
import type { Call } from '../fixtures/client.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { addMember } from '../fixtures/members.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const sluice = await startSluice(t)
const { client } = sluice
const ada = await client.signUp('Ada')
const bob = await client.signUp('Bob')

/** A flow that returns its whole input beside its own name. */
const whole = (name: string) => ({
  document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
  do: [{ answer: { set: { flow: name, input: '${ . }' } } }]
})
let flows = 0

async function addFlow(owner = ada, workspaceId = owner.workspaceId): Promise<string> {
  const made = await client.call('POST', `/v1/workspaces/${workspaceId}/flows`, {
    as: owner.session,
    body: whole(`whole-${++flows}`)
  })
  return made.json.id
}

const flowId = await addFlow()
const create = (body: object, owner = ada, workspaceId = owner.workspaceId) =>
  client.call('POST', `/v1/workspaces/${workspaceId}/listeners`, {
    as: owner.session,
    body: { name: 'Order', flowId, ...body }
  })
const change = (id: string, body: object) => client.call('PATCH', `/v1/listeners/${id}`, { as: ada.session, body })
const call = (method: string, path: string, more: Call = {}) =>
  client.call(method, `/v1/call/acme/${path}`, { as: token, ...more })

await client.call('PATCH', `/v1/workspaces/${ada.workspaceId}`, { as: ada.session, body: { slug: 'acme' } })
const { token } = await createToken(t, client, ada)

t.test(
  '200: a listener is called by the slug of its workspace and its path, with parameters decoded once',
  async (t) => {
    const made = await create({ path: 'orders/{id}/items/{item}', methods: ['GET', 'POST'] })
    t.equal(made.status, 201, made.text)
    t.match(made.json, {
      path: 'orders/{id}/items/{item}',
      url: `${sluice.url}/v1/dynamic/listener/${made.json.id}`,
      pathUrl: `${sluice.url}/v1/call/acme/orders/{id}/items/{item}`
    })
    t.same((await client.call('GET', `/v1/listeners/${made.json.id}`, { as: ada.session })).json, made.json)
    for (const [sent, id] of [
      ['42', '42'],
      ['a%2Fb', 'a/b'],
      ['%252F', '%2F'],
      ['caf%C3%A9', 'café'],
      ['%F0%9F%8D%8F', '🍏'],
      ['...', '...'],
      ['a;b=c,d', 'a;b=c,d'],
      ['x'.repeat(900), 'x'.repeat(900)]
    ] as const) {
      const answer = await call('GET', `orders/${sent}/items/7?sku=1`)
      t.equal(answer.status, 200, `${sent.slice(0, 20)} ${answer.text.slice(0, 200)}`)
      t.match(answer.json.input, { pathParams: { id, item: '7' }, query: { sku: '1' }, method: 'GET' })
      t.equal(answer.json.input.path, `/v1/call/acme/orders/${sent}/items/7`, 'the path is as it was sent')
    }
    const { json: described } = await client.call('GET', `/v1/listeners/${made.json.id}/openapi.json`, {
      as: ada.session
    })
    t.match(described.paths['/v1/call/acme/orders/{id}/items/{item}'].get, {
      operationId: 'orderByPathGet',
      parameters: [
        { name: 'id', in: 'path', required: true },
        { name: 'item', in: 'path', required: true },
        { in: 'query' }
      ]
    })
    const byId = await client.call('GET', `/v1/dynamic/listener/${made.json.id}`, { as: token })
    t.notOk('pathParams' in byId.json.input, 'a call by id has none')
    t.same(
      (await call('POST', 'orders/1/items/2/', { body: { a: 1 } })).json.input.body,
      { a: 1 },
      'a slash at the end'
    )
    t.equal((await call('HEAD', 'orders/1/items/2')).status, 200)
  }
)

t.test('static segments win over parameters, whatever was created first', async (t) => {
  const param = await create({ path: 'static/{name}', methods: ['GET'] })
  const text = await create({ path: 'static/newest', methods: ['GET'], flowId: await addFlow() })
  const named = await create({ path: 'static/{id}/more', methods: ['GET'] })
  t.same([param.status, text.status, named.status], [201, 201, 201], 'a parameter may have another name in each path')
  t.notOk('name' in (await call('GET', 'static/newest')).json.input.pathParams)
  t.same((await call('GET', 'static/newes')).json.input.pathParams, { name: 'newes' })
  t.same((await call('GET', 'static/newest/more')).json.input.pathParams, { id: 'newest' })
  t.same((await call('GET', 'static/%6eewest')).json.input.pathParams, {}, 'encoded or not')
  t.equal((await call('GET', 'Static/newest')).status, 404, 'upper and lower case differ')
  t.equal((await create({ path: 'preise/größe' })).json.pathUrl, `${sluice.url}/v1/call/acme/preise/gr%C3%B6%C3%9Fe`)
  t.equal((await call('GET', 'preise/gr%C3%B6%C3%9Fe')).status, 200)
})

t.test('404: empty and dot segments, and values beyond 1,000 characters, match nothing', async (t) => {
  t.equal((await create({ path: 'unclear/{id}/{more}', methods: ['GET'] })).status, 201)
  for (const path of [
    'unclear//x',
    'unclear/x/',
    'unclear/x//',
    'unclear/../x',
    'unclear/%2e%2E/x',
    'unclear/./x',
    'unclear/.%2e/x',
    '/unclear/x/y',
    `unclear/${'x'.repeat(1_001)}/y`,
    ''
  ]) {
    const { status, json } = await call('GET', path)
    t.match({ status, code: json.code }, { status: 404, code: 'not_found' }, path.slice(0, 40))
  }
  for (const path of ['unclear/%/x', 'unclear/%ff/x', 'unclear/%zz/x'])
    t.equal((await call('GET', path)).status, 400, path)
  t.equal((await client.call('GET', '/v1/call/acme', { as: token })).status, 404)
})

t.test('400: a path that cannot be called is refused with what is wrong', async (t) => {
  for (const [path, message] of [
    ['/orders', /slash/],
    ['orders/', /slash/],
    ['a//b', /empty segment/],
    ['a/../b', /\. or \.\./],
    ['.', /\. or \.\./],
    ['a/{id}.json', /whole segment/],
    ['a/x{id}', /whole segment/],
    ['a/{1d}', /whole segment/],
    ['a/{__proto__}', /whole segment/],
    ['a/{id', /whole segment/],
    ['a/{id}/{id}', /twice/],
    ['a/:id', /letters, digits/],
    ['a/*', /letters, digits/],
    ['a b', /letters, digits/],
    ['a%2Fb', /letters, digits/],
    ['a?b', /letters, digits/],
    ['cafe\u0301', /NFC/],
    [Array(21).fill('a').join('/'), /20 segments/],
    ['a'.repeat(201), /./],
    ['', /./]
  ] as const) {
    const answer = await create({ path })
    t.equal(answer.status, 400, path.slice(0, 20))
    t.match(answer.json.errors, [{ pointer: '/path', message }], path.slice(0, 20))
  }
})

t.test('409: one listener of a workspace has a path with a method, whatever its parameters are called', async (t) => {
  const first = await create({ path: 'taken/{id}', methods: ['GET', 'PUT'] })
  t.equal((await create({ path: 'taken/{other}', methods: ['PUT', 'POST'] })).status, 409)
  t.equal((await create({ path: 'taken/{other}' })).status, 409, 'every method')
  const second = await create({ path: 'taken/{other}', methods: ['POST'], flowId: await addFlow() })
  t.equal(second.status, 201)
  t.equal((await change(second.json.id, { methods: null })).status, 409)
  t.equal((await change(second.json.id, { methods: ['POST', 'DELETE'] })).status, 200)
  t.same((await call('DELETE', 'taken/1')).json.input.pathParams, { other: '1' })
  t.same((await call('GET', 'taken/1')).json.input.pathParams, { id: '1' })
  t.equal((await change(first.json.id, { path: 'free/{id}' })).status, 200)
  t.equal((await create({ path: 'taken/{id}', methods: ['GET'] })).status, 201, 'a path that was left is free')
  t.equal((await change(first.json.id, { path: null })).json.pathUrl, null)
  t.equal((await create({ path: 'free/{id}' })).status, 201)
  t.equal((await create({ path: 'free/{id}' }, bob)).status, 400, 'the flow is of another workspace')
  t.equal(
    (await create({ path: 'free/{id}', flowId: await addFlow(bob) }, bob)).status,
    201,
    'each workspace by itself'
  )
})

t.test('405: the methods of all listeners of the path that the caller may call', async (t) => {
  const gets = await create({ path: 'methods/{id}', methods: ['GET'] })
  const posts = await create({ path: 'methods/{id}', methods: ['POST'] })
  t.match(await call('PUT', 'methods/1'), {
    status: 405,
    headers: { allow: 'GET, POST' },
    json: { code: 'method_not_allowed' }
  })
  t.equal((await client.call('PUT', '/v1/call/acme/methods/1')).status, 401, 'nobody learns of a method without one')
  const narrow = await createToken(t, client, ada, { scope: { listeners: [posts.json.id] } })
  t.match(await call('PUT', 'methods/1', { as: narrow.token }), { status: 405, headers: { allow: 'POST' } })
  t.equal((await call('GET', 'methods/1', { as: narrow.token })).status, 404)
  const stranger = await createToken(t, client, bob)
  t.equal((await call('PUT', 'methods/1', { as: stranger.token })).status, 404)
  for (const { json } of [gets, posts]) await change(json.id, { enabled: false })
  t.match(await call('PUT', 'methods/1'), { status: 403, json: { code: 'listener_disabled' } })
  t.match(await call('GET', 'methods/1'), { status: 403, json: { code: 'listener_disabled' } })
})

t.test('a call by path is refused as one by id: 401 before 404, byte for byte', async (t) => {
  await create({ path: 'private', methods: ['GET'] })
  const stranger = await createToken(t, client, bob)
  const plain = async (path: string, more: Call) => {
    const { status, text, headers } = await client.call('GET', path, more)
    return { status, text: text.replace(/req_\w+/, 'req'), authenticate: headers['www-authenticate'] }
  }
  for (const more of [{}, { as: stranger.token }, { as: 'wrong' }, { as: bob }] as Call[]) {
    const expected = await plain('/v1/dynamic/listener/lsn_0000000000000000000000', more)
    for (const path of ['acme/private', 'acme/absent', 'no-such-slug/private', 'NOT A SLUG/x'.replaceAll(' ', '%20')])
      t.same(await plain(`/v1/call/${path}`, more), expected, path)
  }
  t.equal((await call('GET', 'private', { as: ada.session })).json.code, 'invalid_token')
  t.equal((await call('GET', `private?token=${token}`)).status, 400, 'two credentials')
  t.match(await call('GET', `private?token=${token}`, { headers: {}, as: undefined as never }), {
    status: 200,
    headers: { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }
  })
})

t.test('pages of allowed origins call by path, and a preflight names the methods of the listener', async (t) => {
  const origin = 'https://shop.example'
  await create({ path: 'page/{id}', methods: ['GET'], corsOrigins: [origin] })
  await create({ path: 'page/{id}', methods: ['POST'] })
  const preflight = (method: string, from = origin) =>
    client.call('OPTIONS', '/v1/call/acme/page/1', {
      headers: { Origin: from, 'Access-Control-Request-Method': method }
    })
  t.match(await preflight('GET'), {
    status: 204,
    headers: { 'access-control-allow-origin': origin, 'access-control-allow-methods': 'GET' }
  })
  t.equal((await preflight('POST')).status, 404)
  t.equal((await preflight('GET', 'https://other.example')).status, 404)
  t.match((await call('GET', 'page/1', { headers: { Origin: origin } })).headers, {
    'access-control-allow-origin': origin
  })
})

t.test('an Idempotency-Key holds for one resource: another parameter with the same key is 409', async (t) => {
  await create({ path: 'once/{id}', methods: ['POST'] })
  const once = (id: string) => call('POST', `once/${id}`, { body: { a: 1 }, headers: { 'Idempotency-Key': 'k-1' } })
  const [first, again, other] = [await once('1'), await once('1'), await once('2')]
  t.equal(first.status, 200, first.text)
  t.equal(first.headers['sluice-run-id'], again.headers['sluice-run-id'])
  t.equal(other.status, 409)
})

t.test('runs, requests, metrics and logs know the listener, and no label holds what a caller sent', async (t) => {
  const made = await create({ path: 'seen/{id}' })
  t.equal((await call('GET', 'seen/secret-part')).status, 200)
  t.equal((await call('GET', 'seen/secret-part', { as: 'wrong' })).status, 401)
  t.equal((await call('GET', `seen/${token}`)).status, 200)
  await sluice.services.recorder.flush()
  await sluice.services.calls.flush()
  const runs = await client.call('GET', `/v1/runs?listenerId=${made.json.id}`, { as: ada.session })
  t.equal(runs.json.items.length, 2)
  const requests = await client.call('GET', `/v1/requests?listenerId=${made.json.id}&outcome=refused`, {
    as: ada.session
  })
  t.match(requests.json.items, [{ status: 401, listenerId: made.json.id }])
  const { text } = await client.call('GET', '/metrics')
  t.match(text, /sluice_http_requests_total\{route="\/v1\/call\/:slug\/\*",method="GET",status="200"\}/)
  t.notMatch(text, /secret-part/)
  t.notMatch(sluice.logged(), new RegExp(token), 'a token in a path is masked in the log')
  const asynchronous = await call('GET', 'seen/1', { headers: { Prefer: 'respond-async' } })
  t.equal(asynchronous.status, 202, asynchronous.text)
})

t.test('slugs are unique, and a renamed or deleted workspace is gone at once, on every process', async (t) => {
  const second = await startSecondProcess(t, sluice)
  const made = await client.call('POST', '/v1/workspaces', {
    as: ada.session,
    body: { name: 'Short-lived', slug: 'short-lived' }
  })
  t.match(made, { status: 201, json: { slug: 'short-lived' } })
  const { id } = made.json
  const patch = (body: object, workspace = id) =>
    client.call('PATCH', `/v1/workspaces/${workspace}`, { as: ada.session, body })
  t.equal((await patch({ slug: 'acme' })).status, 409)
  t.equal(
    (await client.call('POST', '/v1/workspaces', { as: bob.session, body: { name: 'x', slug: 'acme' } })).status,
    409
  )
  for (const slug of ['ab', 'a'.repeat(41), 'Acme', 'a_b', 'a.b', 'größe', 7])
    t.equal((await patch({ slug })).status, 400, String(slug))
  t.equal((await patch({ slug: 'a'.repeat(40) })).status, 200)
  t.equal((await patch({ slug: 'short-lived' })).status, 200)

  const seen = (slug: string, path = 'x') =>
    Promise.all(
      [client, second.client].map(
        async (one) => (await one.call('GET', `/v1/call/${slug}/${path}`, { as: token })).status
      )
    )
  t.same(await seen('short-lived'), [404, 404])
  const listener = await create({ path: 'x', flowId: await addFlow(ada, id) }, ada, id)
  t.equal((await client.call('GET', '/v1/call/short-lived/x', { as: token })).status, 200, 'here from the next call on')
  const soon = (slug: string, path: string, status: number, what: string) =>
    until(async () => (await seen(slug, path)).every((one) => one === status), 30_000, what)
  await soon('short-lived', 'x', 200, 'created')
  await change(listener.json.id, { path: 'y' })
  t.equal((await client.call('GET', '/v1/call/short-lived/x', { as: token })).status, 404)
  await soon('short-lived', 'x', 404, 'moved away')
  await soon('short-lived', 'y', 200, 'moved')
  await patch({ slug: 'renamed' })
  t.equal((await client.call('GET', '/v1/call/short-lived/y', { as: token })).status, 404)
  await soon('short-lived', 'y', 404, 'the old slug is gone')
  await soon('renamed', 'y', 200, 'the new slug is there')
  t.equal((await patch({ slug: 'short-lived' }, ada.workspaceId)).status, 200, 'an old slug can be taken')
  t.equal((await patch({ slug: 'acme' }, ada.workspaceId)).status, 200)
  await client.call('DELETE', `/v1/listeners/${listener.json.id}`, { as: ada.session })
  await soon('renamed', 'y', 404, 'deleted')
  await create({ path: 'z', flowId: await addFlow(ada, id) }, ada, id)
  await soon('renamed', 'z', 200, 'another')
  const gone = await client.call('DELETE', `/v1/workspaces/${id}`, {
    as: ada.session,
    body: { password: ada.password }
  })
  t.equal(gone.status, 204, gone.text)
  await soon('renamed', 'z', 404, 'the workspace is deleted')
  t.equal((await patch({ slug: 'renamed' }, bob.workspaceId)).status, 404)

  await t.test('two processes that create the same path at once: one of them does', async (t) => {
    for (let round = 0; round < 5; round++) {
      const body = { name: 'race', flowId, path: `race-${round}/{id}` }
      const made = await Promise.all(
        [client, second.client, client, second.client].map((one) =>
          one.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, { as: ada.session, body })
        )
      )
      t.same(made.map(({ status }) => status).sort(), [201, 409, 409, 409])
    }
    const [one, other] = [await create({ path: 'swap-1' }), await create({ path: 'swap-2' })]
    const swapped = await Promise.all([
      change(one.json.id, { path: 'swap-2' }),
      second.client.call('PATCH', `/v1/listeners/${other.json.id}`, { as: ada.session, body: { path: 'swap-1' } })
    ])
    for (const { status, text } of swapped) t.ok([200, 409].includes(status), text)
  })
})

t.test('403: a suspended workspace answers by path as by id', async (t) => {
  const eve = await client.signUp('Eve')
  await addMember(client, ada, eve, 'viewer')
  await create({ path: 'stopped' })
  const suspend = (suspended: boolean) =>
    client.call('PATCH', `/v1/admin/workspaces/${ada.workspaceId}`, { as: ada.session, body: { suspended } })
  t.equal((await call('GET', 'stopped')).status, 200)
  t.equal((await suspend(true)).status, 200)
  t.match(await call('GET', 'stopped'), { status: 403, json: { code: 'workspace_suspended' } })
  t.equal((await client.call('GET', '/v1/call/acme/stopped')).status, 401)
  const stranger = await createToken(t, client, bob)
  t.equal((await call('GET', 'stopped', { as: stranger.token })).status, 404)
  t.equal((await suspend(false)).status, 200)
  t.equal((await call('GET', 'stopped')).status, 200)
})
