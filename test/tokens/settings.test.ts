import t from 'tap'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, clock, databaseUrl, url } = await startSluice(t)
const ada = await client.signUp('Ada')
const other = await startSecondProcess(t, { databaseUrl, url })
const workspace = await signingWorkspace(client, ada)
const listener = { id: workspace.listenerId, path: workspace.path }
const patch = (id: string, body: object, as: string = ada.session) =>
  client.call('PATCH', `/v1/tokens/${id}`, { as, body })
const call = async (token: string, through = client) => (await through.call('GET', listener.path, { as: token })).status
const after = (ms: number) => new Date(clock.now() + ms).toISOString()
const DAY = 86_400_000

t.test('401: a token that is switched off is refused in every process until it is switched on', async (t) => {
  for (const format of ['opaque', 'jwt']) {
    const { id, token } = await createToken(t, client, ada, { format })
    t.strictSame([await call(token), await call(token, other.client)], [200, 200])
    t.match((await patch(id, { enabled: false })).json, { enabled: false, revokedAt: null })
    t.equal(await call(token), 401)
    await until(async () => (await call(token, other.client)) === 401, 30_000, 'the other process knows')
    const denials = (await client.call('GET', `/v1/tokens/${id}/denials`, { as: ada.session })).json.items
    t.match(denials[0], { reason: 'disabled' })
    const introspected = await client.call('POST', '/v1/tokens/introspect', {
      as: ada.session,
      raw: new URLSearchParams({ token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' }
    })
    t.strictSame(introspected.json, { active: false })
    const inspected = await client.call('POST', '/v1/tokens/inspect', { as: ada.session, body: { token } })
    t.match(
      [inspected.json.valid, inspected.json.checks.find(({ check }: { check: string }) => check === 'enabled')],
      [false, { status: 'fail', reason: 'disabled' }]
    )
    await patch(id, { enabled: true })
    t.equal(await call(token), 200)
  }
})

t.test('200: description and metadata are kept, also over a rotation', async (t) => {
  const plain = await createToken(t, client, ada)
  t.match(plain, { enabled: true, description: null, metadata: {}, permissions: null })
  const made = await createToken(t, client, ada, { description: 'for the ERP', metadata: { owner: 'it', env: '测试' } })
  t.match(made, { description: 'for the ERP', metadata: { owner: 'it', env: '测试' } })
  t.match((await patch(made.id, { metadata: { a: '1' } })).json, { description: 'for the ERP', metadata: { a: '1' } })
  const rotated = await client.call('POST', `/v1/tokens/${made.id}/rotate`, {
    as: ada.session,
    body: { password: ada.password, overlapSeconds: 0 }
  })
  t.strictSame([rotated.json.description, rotated.json.metadata], ['for the ERP', { a: '1' }])
  t.match((await patch(rotated.json.id, { description: null, metadata: {} })).json, { description: null, metadata: {} })
  for (const metadata of [
    { a: 1 },
    { a: { b: 'c' } },
    { ['k'.repeat(65)]: 'v' },
    { a: 'v'.repeat(501) },
    Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, 'v']))
  ]) {
    const refused = await patch(plain.id, { metadata })
    t.match([refused.status, refused.json.code], [400, 'validation_failed'], JSON.stringify(metadata).slice(0, 30))
  }
  t.equal((await patch(plain.id, { metadata: { ['k'.repeat(64)]: 'v'.repeat(500) } })).status, 200)
})

t.test('200: a sooner end needs no password, the past is now; a later one needs it', async (t) => {
  const { id, token } = await createToken(t, client, ada, { days: 10 })
  const stolen = (await client.call('POST', '/v1/sessions', { body: { email: ada.email, password: ada.password } }))
    .json.token as string
  const sooner = after(5 * DAY)
  t.equal((await patch(id, { expiresAt: sooner }, stolen)).json.expiresAt, sooner)
  for (const expiresAt of [after(6 * DAY), null]) {
    const refused = await patch(id, { expiresAt }, stolen)
    t.match([refused.status, refused.json.code], [403, 'confirmation_required'], String(expiresAt))
    t.equal((await patch(id, { expiresAt, password: 'wrong' })).json.code, 'password_incorrect')
  }
  const later = after(20 * DAY)
  t.equal((await patch(id, { expiresAt: later, password: ada.password })).json.expiresAt, later)
  t.equal((await patch(id, { expiresAt: null, password: ada.password })).json.expiresAt, null)
  t.equal(await call(token), 200)
  const now = await patch(id, { expiresAt: '2020-01-01T00:00:00Z' })
  t.ok(Math.abs(Date.parse(now.json.expiresAt) - clock.now()) < 60_000, 'the past means now')
  t.equal(await call(token), 401)
  const ended = await patch(id, { expiresAt: after(DAY), password: ada.password })
  t.equal(ended.status, 409, 'a token that has ended stays ended')
})

t.test('400: the end of a JWT comes only sooner', async (t) => {
  const { id, token } = await createToken(t, client, ada, { days: 10, format: 'jwt' })
  t.equal((await patch(id, { expiresAt: after(DAY) })).status, 200)
  for (const expiresAt of [after(20 * DAY), null]) {
    const refused = await patch(id, { expiresAt, password: ada.password })
    t.match([refused.status, refused.json.errors], [400, [{ pointer: '/expiresAt' }]])
  }
  clock.advance(2 * DAY)
  t.equal(await call(token), 401, 'the sooner end holds, whatever stands in the JWT')
})
