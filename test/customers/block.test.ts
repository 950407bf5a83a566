import t from 'tap'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, databaseUrl, url, clock } = await startSluice(t)
const ada = await client.signUp('Ada')
const other = await startSecondProcess(t, { databaseUrl, url })
const workspace = await signingWorkspace(client, ada)
const base = `/v1/workspaces/${workspace.id}`
const patch = (id: string, body: object, as: string = ada.session) =>
  client.call('PATCH', `${base}/customers/${id}`, { as, body })
const seconds = () => Math.floor(clock.now() / 1000)
const action = (
  await client.call('POST', `${base}/actions`, {
    as: ada.session,
    body: { name: 'desk', listeners: [workspace.listenerId] }
  })
).json.actionPackageId
const integrationOf = async (customer: string): Promise<string> =>
  (await client.call('POST', `/v1/actions/${action}/integration-token`, { as: customer })).json.token
const refusal = { status: 401, json: { code: 'invalid_token' } }
const answerOf = ({ status, json }: { status: number; json: { code?: string } }) => ({
  status,
  json: { code: json.code }
})

t.test('401: a blocked customer is refused from the next call on, everywhere and in every process', async (t) => {
  const token = workspace.sign({ id: 'c1', name: 'C' })
  const integration = await integrationOf(token)
  const calls = (through: typeof client) => [
    () => through.call('GET', workspace.path, { as: token }),
    () => through.call('GET', '/v1/self', { as: token }),
    () => through.call('GET', workspace.path, { as: integration }),
    () => through.call('GET', '/v1/users/me', { headers: { accessToken: integration } })
  ]
  for (const through of [client, other.client]) for (const call of calls(through)) t.equal((await call()).status, 200)

  const blocked = await patch('c1', { blocked: true })
  t.match(blocked.json, { id: 'c1', blocked: true, tokensNotBefore: null })
  for (const call of calls(client)) t.match(answerOf(await call()), refusal)
  await until(async () => (await other.client.call('GET', '/v1/self', { as: token })).status === 401, 30_000, 'news')
  for (const call of calls(other.client)) t.match(answerOf(await call()), refusal)
  t.equal((await client.call('GET', `${base}/customers/c1`, { as: ada.session })).json.blocked, true)
  const fresh = workspace.sign({ id: 'c1', name: 'Another name' })
  t.equal((await client.call('GET', '/v1/self', { as: fresh })).status, 401, 'a new token is no way around it')
  t.equal((await client.call('GET', `${base}/customers/c1`, { as: ada.session })).json.name, 'C', 'and changes nothing')
  t.equal((await client.call('POST', `/v1/actions/${action}/integration-token`, { as: token })).status, 401)

  const inspected = await client.call('POST', '/v1/tokens/inspect', { as: ada.session, body: { token } })
  t.match(inspected.json, { kind: 'customer', valid: false })
  t.match(
    inspected.json.checks.find(({ check }: { check: string }) => check === 'customer'),
    { status: 'fail', reason: 'customer_blocked' }
  )
  const { items } = (
    await client.call('GET', `/v1/requests?workspaceId=${workspace.id}&reason=customer_blocked`, { as: ada.session })
  ).json
  for (const kind of ['customer', 'integration'])
    t.ok(
      items.some((item: { credential: { kind: string } }) => item.credential.kind === kind),
      `${kind}: told to the owner`
    )

  t.match((await patch('c1', { blocked: null })).json, { blocked: false })
  t.equal((await client.call('GET', '/v1/self', { as: token })).status, 200)
  const audit = (
    await client.call('GET', `/v1/workspaces/${workspace.id}/audit?action=customer.*`, { as: ada.session })
  ).json.items
  t.strictSame(
    audit.map((line: { action: string }) => line.action).filter((name: string) => name.endsWith('blocked')),
    ['customer.unblocked', 'customer.blocked']
  )
})

t.test('401: tokensNotBefore refuses earlier tokens and those without iat, and takes an equal one', async (t) => {
  const at = seconds() - 60
  const of = (iat: number | undefined) => workspace.sign({ id: 'c2', ...(iat === undefined ? {} : { iat }) })
  const [earlier, equal, none] = [of(at - 1), of(at), of(undefined)]
  const self = async (as: string) => (await client.call('GET', '/v1/self', { as })).status
  for (const token of [earlier, equal, none]) t.equal(await self(token), 200)
  const integration = await integrationOf(equal)
  const time = new Date(at * 1000).toISOString()
  t.match((await patch('c2', { tokensNotBefore: time })).json, { blocked: false, tokensNotBefore: time })
  t.strictSame([await self(earlier), await self(equal), await self(none)], [401, 200, 401])
  t.equal((await client.call('GET', workspace.path, { as: integration })).status, 200, 'issued later')
  await patch('c2', { tokensNotBefore: new Date(clock.now() + 60_000).toISOString() })
  t.equal((await client.call('GET', workspace.path, { as: integration })).status, 401, 'issued earlier')
  t.match((await patch('c2', { tokensNotBefore: null })).json, { tokensNotBefore: null })
  t.strictSame([await self(earlier), await self(none)], [200, 200])
  const refused = await patch('c2', { tokensNotBefore: 'yesterday' })
  t.match([refused.status, refused.json.errors], [400, [{ pointer: '/tokensNotBefore' }]])
})

t.test('401: a block outlives the deletion of its customer', async (t) => {
  const token = workspace.sign({ id: 'c3' })
  t.equal((await client.call('GET', '/v1/self', { as: token })).status, 200)
  await patch('c3', { blocked: true })
  t.equal((await client.call('DELETE', `${base}/customers/c3`, { as: ada.session })).status, 204)
  t.equal((await client.call('GET', `${base}/customers/c3`, { as: ada.session })).status, 404)
  for (const through of [client, other.client])
    t.equal((await through.call('GET', '/v1/self', { as: token })).status, 401)
  t.match((await patch('c3', { blocked: false })).json, { blocked: false }, 'it is listed again, and can be let in')
  t.equal((await client.call('GET', '/v1/self', { as: token })).status, 200)
  await client.call('DELETE', `${base}/customers/c3`, { as: ada.session })
  t.equal((await client.call('GET', '/v1/self', { as: token })).status, 200, 'one that is not blocked comes back')
})

t.test('a call that races a block ends either way, and the next one is refused in both processes', async (t) => {
  const token = workspace.sign({ id: 'c4' })
  await client.call('GET', '/v1/self', { as: token })
  const racing = [client, other.client].flatMap((through) =>
    Array.from({ length: 10 }, () => through.call('GET', workspace.path, { as: token }))
  )
  const [blocked, ...answers] = await Promise.all([patch('c4', { blocked: true }), ...racing])
  t.equal(blocked.status, 200)
  for (const { status } of answers) t.ok(status === 200 || status === 401, String(status))
  t.equal((await client.call('GET', workspace.path, { as: token })).status, 401)
  await until(
    async () => (await other.client.call('GET', workspace.path, { as: token })).status === 401,
    30_000,
    'news'
  )
})

t.test('403 and 404: viewers do not block, and foreign customers look absent', async (t) => {
  const bob = await client.signUp('Bob')
  t.equal((await patch('c1', { blocked: true }, bob.session)).status, 404)
  const back = workspace.sign({ isAdmin: true })
  t.match((await patch('c1', { blocked: true }, back)).json, { blocked: true }, 'the back end may')
  await patch('c1', { blocked: false }, back)
})

t.test('400: what cannot be revoked is told so (RFC 7009), and an unknown token of ours is 200', async (t) => {
  const revoke = (token: string) =>
    client.call('POST', '/v1/tokens/revoke', {
      as: ada.session,
      raw: new URLSearchParams({ token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' }
    })
  for (const claims of [{ id: 'c1' }, { isAdmin: true }]) {
    const answer = await revoke(workspace.sign(claims))
    t.match([answer.status, answer.json.error], [400, 'unsupported_token_type'])
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
  }
  const jwt = await createToken(t, client, ada, { format: 'jwt' })
  for (const token of ['anything', `${jwt.token}x`, jwt.token, 'slc_nothing'])
    t.equal((await revoke(token)).status, 200, token.slice(0, 4))
})
