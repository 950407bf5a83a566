import { TOTP, Secret as OtpSecret } from 'otpauth'
import t from 'tap'
import { DAY_MS } from '../../src/lib/clock.ts'
import { codeOf } from '../fixtures/members.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'

const sluice = await startSluice(t, { signup: 'closed' })
const { client, clock, services } = sluice
const password = 'a long pass phrase'
// Nobody can sign up: the operator's admin is made at the start.
const { Secret } = await import('../../src/lib/secret.ts')
const { bootstrapAdmin } = await import('../../src/accounts/bootstrap-admin.ts')
await bootstrapAdmin(services, {
  admin: { email: 'root@example.com', password: new Secret(password) },
  embedded: true
})
const root = { email: 'root@example.com', password }
const create = (body: object, as: object | string = root) =>
  client.call('POST', '/v1/admin/accounts', { as: as as typeof root, body })
const use = (link: string, body: object = { password }) => client.call('POST', `/v1/links/${codeOf(link)}`, { body })
const signIn = (email: string, secret = password, totp?: string) =>
  client.call('POST', '/v1/sessions', { body: { email, password: secret, ...(totp ? { totp } : {}) } })

t.test('a story: closed sign-up, an admin makes an account, link, password, token', async (t) => {
  t.match(await client.call('POST', '/v1/accounts', { body: { email: 'ada@example.com', password, name: 'Ada' } }), {
    status: 403,
    json: { code: 'insufficient_scope' }
  })
  const made = await create({ email: ' Ada@Example.com ', name: 'Ada' })
  t.match(made, {
    status: 201,
    json: { account: { email: 'ada@example.com', name: 'Ada', role: 'user', state: 'invited' }, expiresAt: String }
  })
  const { link } = made.json
  t.equal((await signIn('ada@example.com')).status, 401)
  t.match((await client.call('GET', `/v1/links/${codeOf(link)}`)).json, {
    purpose: 'account',
    email: 'ada@example.com'
  })
  t.match(await use(link, { password: 'password1' }), { status: 400, json: { errors: [{ pointer: '/password' }] } })
  t.match(await use(link, {}), { status: 400 })
  t.match(await use(link, { password, name: 'Ada Lovelace' }), {
    status: 200,
    json: { purpose: 'account', email: 'ada@example.com' }
  })
  t.equal((await use(link)).status, 404)
  const { token, account } = (await signIn('ada@example.com')).json
  t.match(account, { name: 'Ada Lovelace', state: 'active' })
  const issued = await client.call('POST', '/v1/tokens', { as: token, body: { name: 'first', days: 1, password } })
  t.equal(issued.status, 201)
  const logged = sluice.logged()
  t.notOk(logged.includes(codeOf(link)), 'the code is in no log line')
  const { rows } = await services.database.pool.query('select row_to_json(l)::text as row from link l')
  t.notOk(rows.some(({ row }) => row.includes(codeOf(link))))
})

t.test('409, 400, 403: a taken e-mail, an e-mail that passes for another, and who may not', async (t) => {
  t.equal((await create({ email: 'ROOT@example.com', name: 'x' })).status, 409)
  t.equal((await create({ email: 'ｒｏｏｔ@example.com', name: 'x' })).status, 409)
  t.equal((await create({ email: 'rооt@example.com', name: 'x' })).status, 400, 'with Cyrillic letters')
  t.equal((await create({ email: 'иван@example.com', name: 'x' })).status, 201, 'letters of one script')
  const session = (await signIn(root.email)).json.token
  t.match(await create({ email: 'b@example.com', name: 'x' }, session), {
    status: 403,
    json: { code: 'confirmation_required' }
  })
  t.equal(
    (await create({ email: 'b@example.com', name: 'x', role: 'admin', password }, session)).json.account.role,
    'admin'
  )
  t.equal((await create({ email: 'c@example.com', name: 'x' }, { email: 'ada@example.com', password })).status, 403)
})

t.test(
  '201: a recovery changes nothing until its link is used; then sessions end, tokens stay unless asked',
  async (t) => {
    const { id } = (await create({ email: 'eve@example.com', name: 'Eve' })).json.account
    const recover = (body?: object) =>
      client.call('POST', `/v1/admin/accounts/${id}/recovery`, { as: root, ...(body ? { body } : {}) })
    await use((await recover()).json.link)
    const { token: session } = (await signIn('eve@example.com')).json
    const token = (await client.call('POST', '/v1/tokens', { as: session, body: { name: 't', days: 1, password } }))
      .json
    const enrolled = (await client.call('POST', '/v1/account/totp', { as: session, body: { password } })).json
    const code = (): string =>
      new TOTP({ secret: OtpSecret.fromBase32(enrolled.secret) }).generate({ timestamp: clock.now() })
    await client.call('POST', '/v1/account/totp/confirm', { as: session, body: { totp: code() } })

    const replaced = (await recover()).json.link
    const plain = await recover()
    t.equal(plain.status, 201)
    t.equal((await use(replaced)).status, 404, 'a newer link ends the older')
    t.equal((await client.call('GET', '/v1/account', { as: session })).status, 200)
    t.equal((await use(plain.json.link, { password: 'the second pass phrase' })).status, 200)
    t.equal((await client.call('GET', '/v1/account', { as: session })).status, 401)
    t.equal((await signIn('eve@example.com')).status, 401)
    clock.advance(60_000)
    t.match((await signIn('eve@example.com', 'the second pass phrase')).json, { totp: 'required' })
    const isLive = async (tokenId: string) =>
      (await services.database.prisma.token.findUniqueOrThrow({ where: { id: tokenId } })).revokedAt === null
    t.ok(await isLive(token.id))

    const whole = (await recover({ removeSecondFactor: true, revokeTokens: true })).json.link
    t.ok(await isLive(token.id))
    t.equal((await use(whole, { password: 'the third pass phrase' })).status, 200)
    t.equal((await signIn('eve@example.com', 'the third pass phrase')).status, 201)
    t.notOk(await isLive(token.id))
    const late = (await recover()).json.link
    clock.advance(DAY_MS + 1)
    t.equal((await use(late)).status, 404)
    t.equal(
      (await client.call('POST', '/v1/admin/accounts/acc_0000000000000000000000/recovery', { as: root })).status,
      404
    )
  }
)

t.test('one wins: a link used twice at once in two processes, and a reset against sign-ins', async (t) => {
  const other = await startSecondProcess(t, sluice)
  const { account, link } = (await create({ email: 'twice@example.com', name: 'Twice' })).json
  const passwords = ['the first of two', 'the second of two']
  const uses = await Promise.all(
    [client, other.client].map((one, index) =>
      one.call('POST', `/v1/links/${codeOf(link)}`, { body: { password: passwords[index] } })
    )
  )
  t.same(uses.map(({ status }) => status).sort(), [200, 404])
  const chosen = passwords[uses.findIndex(({ status }) => status === 200)] ?? ''
  t.equal((await signIn('twice@example.com', chosen)).status, 201)

  const { link: reset } = (await client.call('POST', `/v1/admin/accounts/${account.id}/recovery`, { as: root })).json
  const [used, ...signIns] = await Promise.all([
    client.call('POST', `/v1/links/${codeOf(reset)}`, { body: { password: 'after the reset' } }),
    ...[other.client, client, other.client].map((one) =>
      one.call('POST', '/v1/sessions', { body: { email: 'twice@example.com', password: chosen } })
    )
  ])
  t.equal(used?.status, 200)
  for (const { json } of signIns.filter(({ status }) => status === 201))
    t.equal((await client.call('GET', '/v1/account', { as: json.token })).status, 401, 'its session has ended')
  t.equal((await signIn('twice@example.com', chosen)).status, 401)
})
