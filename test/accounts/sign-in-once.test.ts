import { TOTP, Secret as OtpSecret } from 'otpauth'
import t from 'tap'
import { SIGN_IN_CODE_MS } from '../../src/accounts/sign-in-once.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, clock, services } = await startSluice(t, { trustProxy: ['127.0.0.1'] })
const ada = await client.signUp('Ada')
const issue = (accountId = ada.id) => services.signInCodes.issue(accountId).reveal()
const signIn = (code: unknown, headers: Record<string, string> = {}) =>
  client.call('POST', '/v1/sessions/once', { body: { code }, headers })

t.test('201: a code signs in once, as a sign-in by password does', async (t) => {
  const code = issue()
  t.match(code, /^[\w-]{43}$/)
  const made = await signIn(code, { 'user-agent': 'browser/1' })
  t.match(made, { status: 201, json: { token: /^sls_/, expiresAt: String, account: { id: ada.id, email: ada.email } } })
  t.match(String(made.headers['set-cookie']), /^sluice=sls_.*HttpOnly; SameSite=Lax/)
  t.equal(made.headers['cache-control'], 'no-store')
  const as = made.json.token
  t.match((await client.call('GET', '/v1/account/sessions?limit=1', { as })).json.items, [{ userAgent: 'browser/1' }])
  t.match(await client.call('POST', '/v1/tokens', { as, body: { name: 'x', days: 1 } }), {
    status: 403,
    json: { code: 'confirmation_required' }
  })
  t.match(await signIn(code), { status: 401, json: { code: 'invalid_token' } })
})

t.test('of many uses of a code at once, one signs in', async (t) => {
  const code = issue()
  const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(code)))
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal(answers.filter(({ status }) => status === 401).length, 7)
})

t.test('401: a code that is past, unknown or from another machine', async (t) => {
  const past = issue()
  clock.advance(SIGN_IN_CODE_MS)
  t.equal((await signIn(past)).status, 401)
  t.equal((await signIn('A'.repeat(43))).status, 401)
  t.equal((await signIn('nonsense')).status, 401)
  const code = issue()
  t.equal((await signIn(code, { 'X-Forwarded-For': '192.0.2.7' })).status, 401)
  t.equal((await signIn(code)).status, 201, 'a stranger does not use it up')
  for (const bad of [7, '', null, 'x'.repeat(101)])
    t.match(await signIn(bad), { status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/code' }] } })
})

t.test('a code stands in neither for a second factor nor for an account that may not sign in', async (t) => {
  const bob = await client.signUp('Bob')
  const [early, late] = [issue(bob.id), issue(bob.id)]
  const { json } = await client.call('POST', '/v1/account/totp', { as: bob.session, body: { password: bob.password } })
  const totp = new TOTP({ secret: OtpSecret.fromBase32(json.secret) }).generate({ timestamp: clock.now() })
  await client.call('POST', '/v1/account/totp/confirm', { as: bob.session, body: { totp, password: bob.password } })
  t.match(await signIn(early), { status: 401, json: { totp: 'required' } })
  await client.call('PATCH', `/v1/admin/accounts/${bob.id}`, { as: ada, body: { suspended: true } })
  t.equal((await signIn(late)).status, 401)
  const grace = await client.signUp('Grace')
  const code = issue(grace.id)
  await client.call('PATCH', `/v1/admin/accounts/${grace.id}`, { as: ada, body: { suspended: true } })
  t.match(await signIn(code), { status: 403, json: { code: 'account_suspended' } })
})
