import pg from 'pg'
import t from 'tap'
import { createSignUpThrottle, SIGN_UPS } from '../../src/accounts/sign-up-throttle.ts'
import { testDatabase } from '../fixtures/database.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('429: sign-ups are limited by address and in all, over all processes', async (t) => {
  const pool = new pg.Pool({ connectionString: (await testDatabase(t)).url })
  t.teardown(() => pool.end())
  const [one, two] = [createSignUpThrottle(pool), createSignUpThrottle(pool)]
  for (let number = 0; number < SIGN_UPS.address.tries; number++) await (number % 2 ? one : two).take('2001:db8::1')
  await t.rejects(one.take('2001:db8::2'), {
    code: 'rate_limited',
    why: 'too_many_sign_ups',
    headers: { 'Retry-After': /^3[56]\d\d$/, RateLimit: /"sign-ups-address";r=0/ }
  })
  for (let number = SIGN_UPS.address.tries; number < SIGN_UPS.all.tries; number++)
    await two.take(`198.51.${number % 100}.${number % 256}`)
  const refused = { code: 'rate_limited', why: 'too_many_sign_ups_in_all', headers: { 'Retry-After': /^3[56]\d\d$/ } }
  await t.rejects(two.take('203.0.113.1'), refused)
  const { rows } = await pool.query(`select points from rate_limit where key = 'sign-up:address:203.0.113.1'`)
  t.same(rows, [{ points: 0 }], 'what is refused in all does not count for the address')
})

t.test('429: a sign-up beyond the limit of its address hashes nothing, and people go on signing in', async (t) => {
  const { client, services } = await startSluice(t)
  const person = await client.signUp()
  await services.database.pool.query(
    `update rate_limit set points = $1 where key = 'sign-up:address:127.0.0.1' and points = 1`,
    [SIGN_UPS.address.tries]
  )
  const body = { email: 'one-too-many@example.com', password: 'a long pass phrase', name: 'Ada' }
  const refused = await client.call('POST', '/v1/accounts', { body })
  t.match(refused.json, { status: 429, code: 'rate_limited' })
  t.match(refused.headers, { 'retry-after': /^\d+$/, 'ratelimit-policy': '"sign-ups-address";q=20;w=3600' })
  const { email, password } = person
  t.equal((await client.call('POST', '/v1/sessions', { body: { email, password } })).status, 201)
})
