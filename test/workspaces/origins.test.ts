import t from 'tap'
import { basicHeader } from '../fixtures/credentials.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const PAGE = 'https://app.example.com'
const OTHER_PAGE = 'https://other.example.com'

const { client } = await startSluice(t)
const owner = await client.signUp()
const stranger = await client.signUp()
const workspace = await signingWorkspace(client, owner)
const setOrigins = (id: string, origins: unknown, as = owner.session) =>
  client.call('PATCH', `/v1/workspaces/${id}`, { as, body: { origins } })

const preflight = (path: string, origin: string, method = 'GET') =>
  client.call('OPTIONS', path, {
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'authorization'
    }
  })
const allowed = (answer: { headers: Record<string, unknown> }) => answer.headers['access-control-allow-origin']

t.test('200: a workspace names the origins of pages; 400: what is none', async (t) => {
  const set = await setOrigins(workspace.id, [PAGE])
  t.same([set.status, set.json.origins], [200, [PAGE]])
  t.equal((await setOrigins(stranger.workspaceId, [OTHER_PAGE], stranger.session)).status, 200)
  for (const bad of ['*', 'app.example.com', `${PAGE}/path`])
    t.equal((await setOrigins(workspace.id, [bad])).status, 400, bad)
})

t.test('204: a preflight is answered for an origin of any workspace; 404 for others', async (t) => {
  for (const path of ['/v1/self', '/v1/users/me', '/v1/runs/run_any', '/v1/runs/run_any/events']) {
    for (const origin of [PAGE, OTHER_PAGE]) {
      const answer = await preflight(path, origin)
      t.match([answer.status, allowed(answer)], [204, origin], path)
      t.match(answer.headers, { vary: /Origin/, 'access-control-allow-headers': 'authorization' })
      t.notOk('access-control-allow-credentials' in answer.headers)
    }
    t.equal((await preflight(path, 'https://evil.example.com')).status, 404, path)
  }
  t.match((await preflight('/v1/self', PAGE, 'PATCH')).headers['access-control-allow-methods'], 'PATCH')
})

t.test('an answer is for origins of the credential’s workspace, and for bearers alone', async (t) => {
  const customer = workspace.sign({ id: 'c1' })
  const get = (path: string, origin: string, headers: [string, string]) =>
    client.call('GET', path, { headers: [['Origin', origin], headers] })
  const bearer = (token: string): [string, string] => ['Authorization', `Bearer ${token}`]
  const run = (await client.call('GET', workspace.path, { as: customer })).headers['sluice-run-id']
  for (const path of ['/v1/self', `/v1/runs/${run}`, '/v1/runs/run_absent']) {
    t.equal(allowed(await get(path, PAGE, bearer(customer))), PAGE, path)
    const elsewhere = await get(path, OTHER_PAGE, bearer(customer))
    t.match([allowed(elsewhere), elsewhere.headers['vary']], [undefined, /Origin/], path)
  }
  const token = await createToken(t, client, owner)
  t.equal(allowed(await get('/v1/self', PAGE, bearer(token.token))), PAGE)
  t.equal(allowed(await get('/v1/self', PAGE, bearer('unknown'))), undefined)
  t.equal(allowed(await get('/v1/self', PAGE, basicHeader(owner))), undefined, 'a browser sends Basic by itself')
  t.equal(allowed(await get('/v1/workspaces', PAGE, bearer(owner.session))), undefined, 'no other path has it')
  await setOrigins(workspace.id, [])
  t.equal(allowed(await get('/v1/self', PAGE, bearer(customer))), undefined, 'at once')
  t.equal((await preflight('/v1/self', PAGE)).status, 404)
})

t.test('200: by a token, /v1/self says only whose it is', async (t) => {
  const { token, id } = await createToken(t, client, owner, { name: 'found on a train', days: 1 })
  const self = await client.call('GET', '/v1/self', { as: token })
  t.strictSame(Object.keys(self.json).sort(), ['account', 'kind', 'token'])
  t.strictSame(Object.keys(self.json.account).sort(), ['id', 'name'])
  t.match(self.json, { kind: 'token', account: { id: owner.id }, token: { id, name: 'found on a train' } })
  t.strictSame(Object.keys(self.json.token).sort(), ['expiresAt', 'id', 'name'])
})

t.test('every answer of the API but those of flows says no-store, refusals too', async (t) => {
  for (const [path, as] of [
    ['/v1/workspaces', owner.session],
    ['/v1/workspaces', undefined],
    ['/v1/nothing', owner.session],
    ['/v1/about', undefined]
  ] as const)
    t.equal((await client.call('GET', path, as ? { as } : {})).headers['cache-control'], 'no-store', path)
  t.equal((await client.call('GET', workspace.path)).headers['cache-control'], 'no-store', 'a refusal at a listener')
  const customer = workspace.sign({ id: 'u1' })
  const answered = await client.call('GET', workspace.path, { as: customer })
  t.equal(answered.headers['cache-control'], 'private', 'what a flow answers is the flow’s to say')
})
