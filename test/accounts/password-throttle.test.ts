import pg from 'pg'
import t from 'tap'
import { createPasswordThrottle, THROTTLE } from '../../src/accounts/password-throttle.ts'
import { testDatabase } from '../fixtures/database.ts'

const VICTIM = 'victim@example.com'

t.test('wrong passwords on purpose', async (t) => {
  const pool = new pg.Pool({ connectionString: (await testDatabase(t)).url })
  t.teardown(() => pool.end())
  const passwordThrottle = createPasswordThrottle(pool)
  async function fail(times: number, email: string, ipOf: (attempt: number) => string): Promise<void> {
    for (let attempt = 0; attempt < times; attempt++) await passwordThrottle.failed(email, ipOf(attempt))
  }
  const rejection = (policy: string) => ({
    code: 'rate_limited',
    headers: { RateLimit: new RegExp(`"password-${policy}"`) }
  })

  await t.test('429: all addresses of an IPv6 /64 count as one, for one account and for many', async (t) => {
    await fail(THROTTLE.pair.failures, 'six@example.com', (attempt) => `2001:db8:0:1::${attempt + 1}`)
    await t.rejects(passwordThrottle.check('six@example.com', '2001:db8:0:1:ffff::1'), rejection('pair'))
    await t.resolves(passwordThrottle.check('six@example.com', '2001:db8:0:2::1'), 'the next /64 counts separately')
    await t.resolves(passwordThrottle.check('other@example.com', '2001:db8:0:1::1'))
  })

  await t.test(
    'an attacker cannot lock the owner out of known addresses; strangers and guesses from there are throttled',
    async (t) => {
      await passwordThrottle.succeeded(VICTIM, '192.0.2.1')
      await fail(THROTTLE.account.failures, VICTIM, (attempt) => `198.51.100.${attempt}`)
      await t.rejects(passwordThrottle.check(VICTIM, '203.0.113.1'), rejection('account'))
      await t.resolves(passwordThrottle.check(VICTIM, '192.0.2.1'))
      await t.resolves(passwordThrottle.check('other@example.com', '203.0.113.1'))
      await fail(THROTTLE.pair.failures, VICTIM, () => '192.0.2.1')
      await t.rejects(passwordThrottle.check(VICTIM, '192.0.2.1'), rejection('pair'))
    }
  )

  await t.test('429: a wrong password does not make an address known', async (t) => {
    await passwordThrottle.failed(VICTIM, '192.0.2.2')
    await t.rejects(passwordThrottle.check(VICTIM, '192.0.2.2'), rejection('account'))
  })
})
