import pg from 'pg'
import t from 'tap'
import { createPasswordThrottle, THROTTLE } from '../../src/accounts/password-throttle.ts'
import { testDatabase } from '../fixtures/database.ts'

const VICTIM = 'victim@example.com'

t.test('who fails on purpose', async (t) => {
  const pool = new pg.Pool({ connectionString: (await testDatabase(t)).url })
  t.teardown(() => pool.end())
  const passwordThrottle = createPasswordThrottle(pool)
  async function fail(times: number, email: string, ipOf: (turn: number) => string): Promise<void> {
    for (let turn = 0; turn < times; turn++) await passwordThrottle.failed(email, ipOf(turn))
  }
  const refusal = (policy: string) => ({
    code: 'rate_limited',
    headers: { RateLimit: new RegExp(`"password-${policy}"`) }
  })

  await t.test('429: all addresses of an IPv6 /64 are one, for an account and for many', async (t) => {
    await fail(THROTTLE.pair.failures, 'six@example.com', (turn) => `2001:db8:0:1::${turn + 1}`)
    await t.rejects(passwordThrottle.check('six@example.com', '2001:db8:0:1:ffff::1'), refusal('pair'))
    await t.resolves(passwordThrottle.check('six@example.com', '2001:db8:0:2::1'), 'the next network is another')
    await t.resolves(passwordThrottle.check('other@example.com', '2001:db8:0:1::1'))
  })

  await t.test(
    'nobody locks an owner out where the owner has been; strangers are stopped, and so is guessing from there',
    async (t) => {
      await passwordThrottle.succeeded(VICTIM, '192.0.2.1')
      await fail(THROTTLE.account.failures, VICTIM, (turn) => `198.51.100.${turn}`)
      await t.rejects(passwordThrottle.check(VICTIM, '203.0.113.1'), refusal('account'))
      await t.resolves(passwordThrottle.check(VICTIM, '192.0.2.1'))
      await t.resolves(passwordThrottle.check('other@example.com', '203.0.113.1'))
      await fail(THROTTLE.pair.failures, VICTIM, () => '192.0.2.1')
      await t.rejects(passwordThrottle.check(VICTIM, '192.0.2.1'), refusal('pair'))
    }
  )

  await t.test('429: a wrong password makes no address a known one', async (t) => {
    await passwordThrottle.failed(VICTIM, '192.0.2.2')
    await t.rejects(passwordThrottle.check(VICTIM, '192.0.2.2'), refusal('account'))
  })
})
