import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { addMember } from '../fixtures/members.ts'

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

const sluice = await startSluice(t)
const { client, url } = sluice
const admin = await client.signUp('Root')
const owner = await client.signUp('Ada')
const member = await client.signUp('Member')
const stranger = await client.signUp('Eve')
const workspace = await signingWorkspace(client, owner)
await addMember(client, owner, member, 'viewer', workspace.id)

async function createAction(name: string): Promise<string> {
  const body = { name, listeners: [workspace.listenerId] }
  return (await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, { as: owner.session, body })).json
    .actionPackageId
}

const actionPackageId = await createAction('Order desk')
const ofCustomer = workspace.sign({ id: 'user-1', name: 'Grace' })
const issue = async (as: string, action = actionPackageId): Promise<string> =>
  (await client.call('POST', `/v1/actions/${action}/integration-token`, { as })).json.token
const post = (what: 'introspect' | 'revoke', token: string, { session }: Person) =>
  client.call('POST', `/v1/tokens/${what}`, {
    as: session,
    raw: new URLSearchParams({ token }).toString(),
    headers: FORM
  })
const introspect = async (token: string, person: Person) => (await post('introspect', token, person)).json
const works = async (token: string): Promise<boolean[]> => [
  (await client.call('GET', '/v1/users/me', { headers: { accessToken: token } })).status === 200,
  (await client.call('GET', workspace.path, { as: token })).status === 200
]

t.test('200: an integration token, with the claims of RFC 7662', async (t) => {
  const internalId = (await client.call('GET', '/v1/self', { as: ofCustomer })).json.internalId
  const token = await issue(ofCustomer)
  const { jti, iat, exp, ...rest } = await introspect(token, owner)
  t.strictSame(rest, {
    active: true,
    kind: 'integration',
    token_type: 'Bearer',
    sub: internalId,
    iss: url,
    scope: `listener:${workspace.listenerId}`,
    actionPackageId
  })
  t.match(jti, /^itk_/)
  t.equal(exp - iat, 30 * 60)
  t.equal((await introspect(await issue(owner.session), owner)).sub, owner.id)
})

t.test('200: only its user, members of the workspace and admins can introspect it', async (t) => {
  for (const token of [await issue(ofCustomer), await issue(member.session), await issue(owner.session)]) {
    for (const person of [owner, member, admin]) t.equal((await introspect(token, person)).active, true)
    t.strictSame(await introspect(token, stranger), { active: false })
  }
})

t.test('200 { active: false } and nothing else: expired, action or user deleted, text changed', async (t) => {
  const token = await issue(ofCustomer)
  const doomed = await createAction('Doomed')
  const [ofDoomed, ofLeaver] = [await issue(ofCustomer, doomed), await issue(workspace.sign({ id: 'leaver' }))]
  t.equal((await introspect(ofDoomed, owner)).active, true)
  await client.call('DELETE', `/v1/actions/${doomed}`, { as: owner.session })
  await client.call('DELETE', `/v1/workspaces/${workspace.id}/customers/leaver`, { as: owner.session })
  const changed = token.replace(/\.[^.]+\./, (claims) => `${claims.slice(0, -2)}${claims.at(-2) === 'A' ? 'B' : 'A'}.`)
  for (const person of [owner, admin]) {
    for (const text of [ofDoomed, ofLeaver, changed, `${token} `])
      t.strictSame(await introspect(text, person), { active: false })
  }
  sluice.clock.advance(30 * 60_000)
  t.strictSame(await introspect(token, owner), { active: false })
  sluice.clock.advance(-30 * 60_000)
  t.equal((await introspect(token, owner)).active, true, 'control')
})

t.test('200: its user, an editor or an admin can revoke it, nobody else; the next call is rejected', async (t) => {
  const revocations = (): Promise<number> => sluice.services.database.prisma.revokedIntegrationToken.count()
  const cases: [what: string, issuer: string, may: readonly Person[], mayNot: readonly Person[]][] = [
    ["a customer's", ofCustomer, [owner, admin], [member, stranger]],
    ["a member's", member.session, [member, owner, admin], [stranger]],
    ["the owner's", owner.session, [owner, admin], [member, stranger]]
  ]
  for (const [what, issuer, may, mayNot] of cases) {
    for (const person of may) {
      const [token, sibling] = [await issue(issuer), await issue(issuer)]
      t.strictSame(await works(token), [true, true], `${what}: control`)
      const before = await revocations()
      for (const other of mayNot) t.equal((await post('revoke', token, other)).status, 200)
      t.strictSame(await works(token), [true, true], `${what}: they may not revoke it`)
      t.equal(await revocations(), before)
      t.equal((await post('revoke', token, person)).status, 200)
      t.strictSame(await works(token), [false, false], what)
      t.strictSame(await introspect(token, person), { active: false })
      t.equal((await post('revoke', token, person)).status, 200, 'again')
      t.equal(await revocations(), before + 1)
      t.strictSame(await works(sibling), [true, true], 'another token of the same user keeps working')
    }
  }
  const {
    json: { items }
  } = await client.call('GET', '/v1/admin/audit?action=integration_token.revoked', { as: admin.session })
  t.equal(items.length, cases.flatMap(([, , may]) => may).length, 'once each')
  t.match(items[0], { actorId: admin.id, target: actionPackageId, details: { user: owner.id, token: /^itk_/ } })
})

t.test('202: a leaked token is revoked, also inside longer text; a token of another signer is ignored', async (t) => {
  const [leaked, kept] = [await issue(ofCustomer), await issue(ofCustomer)]
  const forged = kept.slice(0, -20) + (kept.at(-20) === 'A' ? 'B' : 'A') + kept.slice(-19)
  const report = (tokens: string[]) => client.call('POST', '/v1/tokens/report-leak', { body: { tokens } })
  for (let times = 0; times < 2; times++)
    t.match(await report([`accessToken: ${leaked}\n`, forged, `${kept}x`]), { status: 202, text: '' })
  t.strictSame(
    [await works(leaked), await works(kept)],
    [
      [false, false],
      [true, true]
    ]
  )
  const {
    json: { items }
  } = await client.call('GET', '/v1/admin/audit?action=integration_token.revoked&limit=1', { as: admin.session })
  t.match(items[0], { actorKind: 'anonymous', target: actionPackageId, details: { reason: 'reported as leaked' } })
})

t.test('another spelling of the same signature does not revive a revoked token', async (t) => {
  const token = await issue(ofCustomer)
  await post('revoke', token, owner)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1) ?? '')
  // Four of the last character's six bits are padding, so sixteen characters encode the same bytes.
  for (let padding = 0; padding < 16; padding++) {
    const twin = token.slice(0, -1) + alphabet[(last & 0b110000) | padding]
    t.strictSame(await works(twin), [false, false], twin.slice(-3))
  }
})

t.test('a revocation is deleted once its token has expired', async (t) => {
  const { prisma } = sluice.services.database
  const token = await issue(ofCustomer)
  await post('revoke', token, owner)
  sluice.clock.advance(29 * 60_000)
  await sluice.services.periodicJobs.run()
  t.strictSame(await works(token), [false, false])
  t.ok((await prisma.revokedIntegrationToken.count()) > 0, 'not before')
  sluice.clock.advance(2 * 60 * 60_000)
  await sluice.services.periodicJobs.run()
  t.equal(await prisma.revokedIntegrationToken.count(), 0)
  t.strictSame(await works(token), [false, false], 'the token has expired')
})
