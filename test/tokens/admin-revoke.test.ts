import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, services, clock } = await startSluice(t)
const ada = await client.signUp('Ada')

interface Made {
  id: string
  token: string
  start: string
}

async function newToken(of: Person, name: string, format = 'opaque', days = 0): Promise<Made> {
  const answer = await client.call<Made>('POST', '/v1/tokens', {
    as: of.session,
    body: { name, days, format, password: of.password }
  })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json
}

/** Tokens cannot manage: 403 while the token is valid, 401 once it is not. */
const isGood = async ({ token }: Made): Promise<boolean> =>
  (await client.call('GET', '/v1/account', { as: token })).status === 403
const revoke = (body: object, as: string = ada.session) => client.call('POST', '/v1/admin/tokens/revoke', { as, body })
const remove = (id: string, body?: object) =>
  client.call('DELETE', `/v1/admin/tokens/${id}`, { as: ada.session, ...(body ? { body } : {}) })
const auditOf = async (target: string) =>
  (await client.call('GET', `/v1/admin/audit?action=token.revoked&target=${target}`, { as: ada.session })).json.items

t.test('204: a token of any account is revoked by the next call; revoking it again changes nothing', async (t) => {
  const bob = await client.signUp('Bob')
  for (const format of ['opaque', 'jwt']) {
    const made = await newToken(bob, format, format)
    t.ok(await isGood(made))
    t.equal((await remove(made.id, { reason: 'left the company' })).status, 204)
    t.notOk(await isGood(made))
    t.equal((await remove(made.id, { reason: 'another reason' })).status, 204)
    t.equal((await remove(made.id)).status, 204, 'the body is optional')
    const lines = await auditOf(made.id)
    t.equal(lines.length, 1)
    t.match(lines[0], {
      actorId: ada.id,
      actorKind: 'account',
      ip: '127.0.0.1',
      requestId: /^req_/,
      details: { name: format, reason: 'left the company' }
    })
    const row = await services.database.prisma.token.findUniqueOrThrow({ where: { id: made.id } })
    t.match(row, { revokedBy: ada.id, revokeReason: 'left the company' })
  }
})

t.test('404: a token that does not exist', async (t) => {
  for (const id of ['tok_0000000000000000000000', 'nonsense', ada.id]) t.equal((await remove(id)).status, 404)
})

t.test('400: an invalid reason or an unknown field', async (t) => {
  const made = await newToken(ada, 'kept')
  for (const body of [{ reason: '' }, { reason: 1 }, { reason: 'x'.repeat(501) }, { reason: 'a\u0000b' }, { why: 'x' }])
    t.equal((await remove(made.id, body)).status, 400, JSON.stringify(body).slice(0, 40))
  t.ok(await isGood(made))
})

t.test('200: revokes every token of an account, even expired ones, and no other token', async (t) => {
  const [bob, eve] = [await client.signUp('Bob'), await client.signUp('Eve')]
  const bobs = [
    await newToken(bob, 'one'),
    await newToken(bob, 'two', 'jwt'),
    await newToken(bob, 'short', 'opaque', 1)
  ]
  const eves = await newToken(eve, 'one')
  await remove((await newToken(bob, 'gone')).id)
  clock.advance(2 * 24 * 60 * 60 * 1000)
  await client.signIn(ada)
  const answer = await revoke({ accountId: bob.id, reason: 'stolen laptop' })
  t.strictSame([answer.status, answer.json], [200, { revoked: 3 }])
  for (const made of bobs) {
    t.notOk(await isGood(made))
    t.match(await auditOf(made.id), [{ details: { reason: 'stolen laptop' } }])
  }
  t.ok(await isGood(eves))
  t.strictSame((await revoke({ accountId: bob.id, reason: 'again' })).json, { revoked: 0 })
})

t.test('200: revokes by ids and ignores unknown ones', async (t) => {
  const bob = await client.signUp('Bob')
  const [one, two, kept] = [await newToken(bob, 'one'), await newToken(bob, 'two'), await newToken(bob, 'kept')]
  t.strictSame((await revoke({ ids: [one.id, two.id, two.id, 'tok_0000000000000000000000'], reason: 'leaked' })).json, {
    revoked: 2
  })
  t.strictSame([await isGood(one), await isGood(two), await isGood(kept)], [false, false, true])
})

t.test('200: revokes by the start of the token', async (t) => {
  const bob = await client.signUp('Bob')
  const [leaked, kept] = [await newToken(bob, 'leaked'), await newToken(bob, 'kept')]
  t.strictSame((await revoke({ start: leaked.start, reason: 'leaked' })).json, { revoked: 1 })
  t.strictSame([await isGood(leaked), await isGood(kept)], [false, true])
})

t.test('200: revokes a JWT by the start of its jti, and reads no more than 12 characters of a start', async (t) => {
  const bob = await client.signUp('Bob')
  const [leaked, kept] = [await newToken(bob, 'leaked', 'jwt'), await newToken(bob, 'kept', 'jwt')]
  t.equal(leaked.start, leaked.id.slice(0, 12))
  const wrong = `${leaked.id.slice(0, 12)}${'x'.repeat(14)}`
  t.strictSame((await revoke({ start: wrong, reason: 'leaked' })).json, { revoked: 1 })
  t.strictSame([await isGood(leaked), await isGood(kept)], [false, true])
})

t.test('200: a dry run counts; a workspace selects the tokens that may call its listeners', async (t) => {
  const bob = await client.signUp('Bob')
  const { workspaceId, session, password } = bob
  const scoped = async (name: string, scope: object) =>
    (await client.call('POST', '/v1/tokens', { as: session, body: { name, days: 1, password, scope } })).json
  const other = (await client.call('POST', '/v1/workspaces', { as: session, body: { name: 'Other' } })).json
  const here = await scoped('here', { workspaces: [workspaceId] })
  const elsewhere = await scoped('elsewhere', { workspaces: [other.id] })
  const everywhere = await newToken(bob, 'everywhere')
  const selector = { workspaceId, reason: 'broken into' }
  t.strictSame((await revoke({ ...selector, dryRun: true })).json, { count: 2, accounts: 1 })
  t.strictSame((await revoke(selector)).json, { revoked: 2 })
  const live = async ({ id }: { id: string }) =>
    (await client.call('GET', `/v1/tokens/${id}`, { as: session })).json.revokedAt === null
  t.strictSame([await live(here), await live(elsewhere), await live(everywhere)], [false, true, false])
})

t.test('200: revokes more tokens than fit into one transaction, each with its audit log entry', async (t) => {
  const bob = await client.signUp('Bob')
  const made = await newToken(bob, 'cached')
  t.ok(await isGood(made))
  const rows = Array.from({ length: 1_200 }, (_, index) => ({
    id: `tok_${String(index).padStart(22, '0')}`,
    accountId: bob.id,
    name: `many ${index}`,
    format: 'opaque',
    digest: Buffer.from(`digest ${index}`.padEnd(32)),
    start: 'slc_00000000',
    createdAt: new Date()
  }))
  await services.database.prisma.token.createMany({ data: rows })
  t.strictSame((await revoke({ accountId: bob.id, reason: 'all of them' })).json, { revoked: 1_201 })
  t.notOk(await isGood(made))
  t.equal(await services.database.prisma.token.count({ where: { accountId: bob.id, revokedAt: null } }), 0)
  t.equal(
    await services.database.prisma.auditEvent.count({
      where: { action: 'token.revoked', target: { in: rows.map(({ id }) => id) } }
    }),
    rows.length
  )
})

t.test('400: a selector that could select everything', async (t) => {
  const made = await newToken(ada, 'precious', 'jwt')
  const bodies = {
    'no selector': { reason: 'x' },
    'two selectors': { accountId: ada.id, start: 'slc_12345678', reason: 'x' },
    'no reason': { accountId: ada.id },
    'no ids': { ids: [], reason: 'x' },
    'too many ids': { ids: Array.from({ length: 1_001 }, (_, index) => `tok_${index}`), reason: 'x' },
    'a short start': { start: 'slc_123', reason: 'x' },
    'an empty start': { start: '', reason: 'x' },
    'a pattern for a start': { start: 'slc_%%%%%%%%', reason: 'x' },
    'how every JWT starts': { start: made.token.slice(0, 12), reason: 'x' },
    'an unknown selector': { all: true, reason: 'x' }
  }
  for (const [what, body] of Object.entries(bodies)) {
    const answer = await revoke(body)
    t.match([answer.status, answer.json.code], [400, 'validation_failed'], what)
  }
  t.ok(await isGood(made))
})

t.test('403: other accounts, and a token of an admin, revoke nothing', async (t) => {
  const bob = await client.signUp('Bob')
  const made = await newToken(ada, 'of an admin')
  for (const as of [bob.session, made.token]) {
    t.equal((await revoke({ accountId: ada.id, reason: 'x' }, as)).status, 403)
    t.equal((await client.call('DELETE', `/v1/admin/tokens/${made.id}`, { as })).status, 403)
    t.equal((await client.call('GET', '/v1/admin/tokens', { as })).status, 403)
  }
  t.ok(await isGood(made))
})
