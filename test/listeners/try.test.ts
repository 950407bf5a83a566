import t from 'tap'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { basicHeader } from '../fixtures/credentials.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { addMember } from '../fixtures/members.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client } = await startSluice(t)
const owner = await client.signUp('Ada')
const stranger = await client.signUp('Stranger')
const workspace = await signingWorkspace(client, owner)
const { listenerId } = workspace
const path = `/v1/listeners/${listenerId}/try`
const attempt = (body: unknown, as = owner.session) => client.call('POST', path, { as, body })
const change = (body: unknown) => client.call('PATCH', `/v1/listeners/${listenerId}`, { as: owner.session, body })

t.test('200: an editor calls the listener as their session, and gets its answer', async (t) => {
  const answer = await attempt({
    method: 'PUT',
    path: '/orders/7',
    query: { sku: 'A-100', tag: ['a', 'b'] },
    headers: { 'X-Trace': 'abc', Authorization: 'Bearer slc_x', 'Content-Type': 'application/vnd.x+json' },
    body: { n: 1 }
  })
  t.equal(answer.status, 200, answer.text)
  t.match(answer.json, {
    method: 'PUT',
    query: { sku: 'A-100', tag: ['a', 'b'] },
    headers: { 'x-trace': 'abc', 'content-type': 'application/vnd.x+json' },
    body: { n: 1 },
    caller: { kind: 'session', id: owner.id, name: 'Ada', workspaceId: workspace.id }
  })
  t.notOk('authorization' in answer.json.headers, 'credentials never reach a flow')
  t.notOk('triedBy' in answer.json.caller, 'the flow runs as it would for a caller')
  t.equal(answer.headers['cache-control'], 'no-store')
  const runId = answer.headers['sluice-run-id']
  t.match((await client.call('GET', `/v1/runs/${String(runId)}`, { as: owner.session })).json, {
    id: runId,
    try: true,
    status: 'succeeded',
    input: { path: '/orders/7' },
    caller: { kind: 'session', id: owner.id, triedBy: owner.id }
  })
})

t.test('a body is sent as its content type says, with all its digits', async (t) => {
  t.match((await attempt({ method: 'POST', body: 'plain' })).json, {
    body: 'plain',
    headers: { 'content-type': /^text\/plain/ }
  })
  const form = { method: 'POST', body: 'a=1&b=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  t.strictSame((await attempt(form)).json.body, { a: '1', b: '2' })
  const raw = await client.call('POST', path, {
    as: owner.session,
    raw: '{"method":"POST","body":{"id":12345678901234567890123}}',
    headers: { 'Content-Type': 'application/json' }
  })
  t.match(raw.text, '"id":12345678901234567890123')
  t.equal((await attempt({ method: 'GET' })).json.body, null)
  t.match(await attempt({ method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }), {
    status: 400,
    json: { code: 'invalid_request' }
  })
})

t.test('200: as a customer, by either id, and without a token of it', async (t) => {
  const as = workspace.sign({ id: 'shop-1', name: 'Shop', fields: { plan: 'gold' } })
  t.equal((await client.call('GET', workspace.path, { as })).status, 200)
  const { items } = (await client.call('GET', `/v1/workspaces/${workspace.id}/customers`, { as: owner.session })).json
  const [{ id }] = items
  for (const customer of ['shop-1', id as string]) {
    const answer = await attempt({ method: 'GET', customer })
    t.match(answer.json.caller, { kind: 'customer', id: 'shop-1', name: 'Shop', fields: { plan: 'gold' } })
    t.match((await client.call('GET', `/v1/runs?customerId=${id}&limit=1`, { as: owner.session })).json.items, [
      { id: answer.headers['sluice-run-id'], try: true, caller: { triedBy: owner.id } }
    ])
  }
  t.notOk('try' in (await client.call('GET', `/v1/runs?customerId=${id}`, { as: owner.session })).json.items.at(-1))
  t.equal((await attempt({ method: 'GET', customer: 'nobody' })).status, 404)
  await change({ auth: { customers: ['another'] } })
  t.equal((await attempt({ method: 'GET', customer: 'shop-1' })).status, 404, 'not granted: as for the customer')
  t.equal((await attempt({ method: 'GET' })).status, 200, 'who edits it needs no grant')
  await change({ auth: { principals: ['token'] } })
  t.equal((await attempt({ method: 'GET', customer: 'shop-1' })).status, 401)
  await change({ auth: {} })
  const customerPath = `/v1/workspaces/${workspace.id}/customers/${id}`
  await client.call('PATCH', customerPath, { as: owner.session, body: { blocked: true } })
  t.match(await attempt({ method: 'GET', customer: 'shop-1' }), { status: 401, json: { code: 'invalid_token' } })
  await client.call('PATCH', customerPath, { as: owner.session, body: { blocked: false } })
})

t.test('a refused and a failed try are recorded as tries, answered ones too', async (t) => {
  await change({ enabled: false })
  t.match(await attempt({ method: 'GET' }), { status: 403, json: { code: 'listener_disabled' } })
  await change({ enabled: true, methods: ['POST'] })
  t.match(await attempt({ method: 'GET' }), { status: 405, headers: { allow: 'POST' } })
  await change({ methods: null, rateLimit: { limit: 1, windowSeconds: 3600 } })
  t.equal((await attempt({ method: 'GET' })).status, 200)
  t.match(await attempt({ method: 'GET' }), { status: 429, headers: { 'retry-after': String } })
  await change({ rateLimit: null })
  const requests = await client.call('GET', `/v1/requests?listenerId=${listenerId}&limit=4`, { as: owner.session })
  t.match(requests.json.items, [
    { outcome: 'refused', reason: 'listener_rate_limited', try: true, credential: { kind: 'session' } },
    { outcome: 'answered', status: 200, try: true, credential: { kind: 'session' } },
    { outcome: 'refused', reason: 'method_not_allowed', try: true },
    { outcome: 'refused', reason: 'listener_disabled', try: true }
  ])
  const token = await createToken(t, client, owner)
  await client.call('GET', workspace.path, { as: token.token })
  const [call] = (await client.call('GET', `/v1/requests?listenerId=${listenerId}&limit=1`, { as: owner.session })).json
    .items
  t.notOk('try' in call, 'a call is none')
})

t.test("403, 404, 401: only an editor's session tries", async (t) => {
  const viewer = await client.signUp('Viewer')
  await addMember(client, owner, viewer, 'viewer', workspace.id)
  t.match(await attempt({ method: 'GET' }, viewer.session), { status: 403, json: { code: 'insufficient_scope' } })
  t.equal((await attempt({ method: 'GET' }, stranger.session)).status, 404)
  const by = (headers: (readonly [string, string])[]) => client.call('POST', path, { body: { method: 'GET' }, headers })
  t.equal((await by([basicHeader(owner)])).status, 403)
  const manages = await createToken(t, client, owner, { permissions: ['listeners:write'] })
  t.equal((await by([['Authorization', `Bearer ${manages.token}`]])).status, 403)
  t.equal((await by([['Authorization', `Bearer ${(await createToken(t, client, owner)).token}`]])).status, 403)
  t.equal((await by([])).status, 401)
  const { items } = (await client.call('GET', `/v1/runs?listenerId=${listenerId}&limit=1`, { as: owner.session })).json
  t.not(items[0].caller.kind, 'basic', 'nothing of it ran')
})

t.test('400: what no client can send, and what a try is not', async (t) => {
  for (const [body, pointer] of [
    [{}, '/method'],
    [{ method: 'OPTIONS' }, '/method'],
    [{ method: 'GET', path: 'x' }, '/path'],
    [{ method: 'GET', query: { a: 1 } }, '/query/a'],
    [{ method: 'GET', headers: { 'a b': 'x' } }, '/headers'],
    [{ method: 'GET', headers: { a: 'x\r\nb: y' } }, '/headers'],
    [{ method: 'GET', customer: '' }, '/customer'],
    [{ method: 'GET', live: true }, '/live']
  ] as const)
    t.match(await attempt(body), { status: 400, json: { code: 'validation_failed', errors: [{ pointer }] } })
})
