import t from 'tap'
import { customerToken, signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'

interface Check {
  check: string
  status: string
  reason?: string
  why?: string
  remedy?: string
}

const sluice = await startSluice(t)
const { client } = sluice
const owner = await client.signUp('Ada')
const stranger = await client.signUp('Mallory')
const workspace = await signingWorkspace(client, owner)
const action = await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, {
  as: owner.session,
  body: { name: 'Order desk', listeners: [workspace.listenerId] }
})
const { actionPackageId } = action.json

const inspect = async (token: string, as = owner.session) => {
  const answer = await client.call('POST', '/v1/tokens/inspect', { as, body: { token } })
  t.equal(answer.status, 200, answer.text)
  return answer.json
}
const failed = ({ checks }: { checks: Check[] }) => checks.find(({ status }) => status === 'fail')
/** Whether the gateway itself takes it, at a listener. */
const taken = async (token: string) => (await client.call('GET', workspace.path, { as: token })).status === 200
const create = async (name: string, body: object = {}) =>
  (
    await client.call('POST', '/v1/tokens', {
      as: owner.session,
      body: { name, days: 1, password: owner.password, ...body }
    })
  ).json
const issue = async (as: string): Promise<string> =>
  (await client.call('POST', `/v1/actions/${actionPackageId}/integration-token`, { as })).json.token

const opaque = await create('opaque')
const jwt = await create('jwt', { format: 'jwt' })
const kinds: Record<string, string> = {
  opaque: opaque.token,
  jwt: jwt.token,
  customer: workspace.sign({ id: 'user-1', name: 'Grace' }),
  integration: await issue(workspace.sign({ id: 'user-1' }))
}

for (const [kind, token] of Object.entries(kinds)) {
  t.test(`${kind}: every check passes, as at a listener`, async (t) => {
    const report = await inspect(token)
    t.match(report, { kind, valid: true })
    t.ok(
      report.checks.length >= 7 && report.checks.every(({ status }: Check) => status === 'pass'),
      JSON.stringify(report.checks)
    )
    t.ok(report.issuer && report.subject)
    t.ok(await taken(token))
    t.notMatch(sluice.logged(), token, 'it is not logged')
  })

  t.test(`${kind}: any of its last characters changed fails, here and at a listener`, async (t) => {
    const last = token.at(-3) === 'A' ? 'B' : 'A'
    const wrong = token.slice(0, -3) + last + token.slice(-2)
    const report = await inspect(wrong)
    t.equal(report.valid, false)
    t.ok(failed(report)?.why && failed(report)?.remedy)
    const at = report.checks.findIndex(({ status }: Check) => status === 'fail')
    t.ok(
      report.checks.slice(at + 1).every(({ status }: Check) => status === 'not_reached'),
      'what comes after is not reached'
    )
    t.notOk(await taken(wrong))
  })

  t.test(`${kind}: to a stranger its owner stays unknown`, async (t) => {
    const report = await inspect(token, stranger.session)
    t.equal(report.valid, false)
    t.equal(report.subject, null)
    const { header: _header, payload: _payload, ...said } = report
    t.notMatch(
      JSON.stringify(said),
      new RegExp([owner.id, owner.email, workspace.id, 'Order desk', opaque.id, jwt.id].join('|')),
      'beside what stands in the token itself'
    )
  })
}

t.test('a session, and an admin token', async (t) => {
  t.match(await inspect(owner.session), { kind: 'session', valid: true, subject: { accountId: owner.id } })
  t.match(await inspect(stranger.session), { kind: 'session', valid: false, subject: null })
  t.match(await inspect(workspace.sign({ isAdmin: true })), {
    kind: 'admin',
    valid: true,
    issuer: { workspaceId: workspace.id, workspaceKey: workspace.key },
    subject: null
  })
})

t.test('a session that has ended says so to its owner, and to nobody else', async (t) => {
  const ended = (await client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password } }))
    .json.token
  const untilThen = 7 * 24 * 60 * 60_000
  t.equal(failed(await inspect(ended, owner.session)), undefined)
  sluice.clock.advance(untilThen)
  // By password: signing in would clear the account's ended sessions.
  const asked = await client.call('POST', '/v1/tokens/inspect', { as: owner, body: { token: ended } })
  t.match(asked.json, { kind: 'session', valid: false, subject: { accountId: owner.id, expiresAt: String } })
  t.match(failed(asked.json), { check: 'expiry', reason: 'expired' })
  t.match(failed((await client.call('POST', '/v1/tokens/inspect', { as: stranger, body: { token: ended } })).json), {
    check: 'known'
  })
  sluice.clock.advance(-untilThen)
})

t.test('a stranger is not told whether an integration token was ended', async (t) => {
  const [live, ended] = [await issue(workspace.sign({ id: 'user-1' })), await issue(workspace.sign({ id: 'user-1' }))]
  await client.call('POST', '/v1/tokens/revoke', {
    as: owner.session,
    raw: `token=${ended}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' }
  })
  t.match(failed(await inspect(ended)), { check: 'revocation' })
  t.strictSame((await inspect(ended, stranger.session)).checks, (await inspect(live, stranger.session)).checks)
})

t.test('which key matched', async (t) => {
  t.match((await inspect(kinds.customer ?? '')).matchedKey, { kid: 'secret-1', name: 'workspace secret' })
  t.match((await inspect(jwt.token)).matchedKey, { kid: /^key_/ })
  t.match(
    await inspect(workspace.sign({ id: 'user-1', exp: 1 })),
    { valid: false, matchedKey: { kid: 'secret-1' } },
    'also where a later check fails'
  )
})

t.test('each way to fail says which, why and what to do', async (t) => {
  const expired = await create('expired')
  const narrow = await create('narrow', { allowedIps: ['192.0.2.1'] })
  await client.call('DELETE', `/v1/tokens/${expired.id}`, { as: owner.session })
  const customerGone = await issue(workspace.sign({ id: 'gone' }))
  await client.call('DELETE', `/v1/workspaces/${workspace.id}/customers/gone`, { as: owner.session })
  const ended = await issue(workspace.sign({ id: 'user-1' }))
  await client.call('POST', '/v1/tokens/revoke', {
    as: owner.session,
    raw: `token=${ended}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' }
  })
  const retyped =
    kinds.integration?.replace(
      /^[^.]+/,
      Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid: 'key_x' })).toString('base64url')
    ) ?? ''
  const cases: [string, string, string, string][] = [
    ['a revoked token', expired.token, 'revocation', 'revoked'],
    ['a token for another address', narrow.token, 'address', 'ip_not_allowed'],
    [
      'a wrong checksum',
      `${opaque.token.slice(0, -1)}${opaque.token.endsWith('0') ? '1' : '0'}`,
      'checksum',
      'wrong_checksum'
    ],
    ['a cut token', opaque.token.slice(0, 40), 'form', 'malformed'],
    ['an integration token of a user who has gone', customerGone, 'user', 'user_gone_or_suspended'],
    ['an integration token that was revoked', ended, 'revocation', 'revoked'],
    ['one that says it is another kind', retyped, 'signing_key', 'unknown_signing_key'],
    ["a customer's, expired", workspace.sign({ id: 'x', exp: 1 }), 'expiry', 'expired'],
    [
      "a customer's without exp",
      customerToken({ iss: workspace.key, id: 'x', exp: undefined }, workspace.secret),
      'expiry',
      'exp_missing'
    ],
    [
      "a customer's, signed with another secret",
      customerToken({ iss: workspace.key, id: 'x' }, 'x'.repeat(64)),
      'signature',
      'signature_mismatch'
    ],
    ['alg none', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`, 'algorithm', 'alg_none'],
    [
      "another issuer's",
      customerToken({ iss: 'https://issuer.example.com', sub: 'x' }, 'x'.repeat(64)),
      'workspace_known',
      'workspace_unknown'
    ],
    ['nonsense', 'nonsense', 'form', 'not_compact'],
    ['nothing', '', 'form', 'not_compact']
  ]
  for (const [what, token, check, reason] of cases) {
    const report = await inspect(token)
    t.equal(report.valid, false, what)
    t.match(failed(report), { check, reason, why: /./, remedy: /./ }, what)
    t.notOk(await taken(token), what)
  }
  sluice.clock.advance(2 * 24 * 60 * 60_000)
  const late = await client.call('POST', '/v1/tokens/inspect', { as: owner, body: { token: opaque.token } })
  t.match(failed(late.json), { check: 'expiry' })
  sluice.clock.advance(-2 * 24 * 60 * 60_000)
})

t.test('to who may not know it, a workspace reads like none', async (t) => {
  const known = await inspect(kinds.customer ?? '', stranger.session)
  const none = await inspect(
    customerToken({ iss: 'f'.repeat(32), id: 'user-1', name: 'Grace' }, 'x'.repeat(64)),
    stranger.session
  )
  t.strictSame(
    [known.kind, known.issuer, known.matchedKey, known.subject, known.checks],
    [none.kind, none.issuer, none.matchedKey, none.subject, none.checks]
  )
  t.equal(known.kind, 'none')
})

t.test('401 and 403: only people ask', async (t) => {
  t.equal((await client.call('POST', '/v1/tokens/inspect', { body: { token: 'x' } })).status, 401)
  for (const as of [opaque.token, kinds.customer ?? ''])
    t.equal((await client.call('POST', '/v1/tokens/inspect', { as, body: { token: 'x' } })).status, 403)
})
