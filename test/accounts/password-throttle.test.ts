import pg from 'pg'
import t from 'tap'
import { createPasswordThrottle, THROTTLE } from '../../src/accounts/password-throttle.ts'
import { testDatabase } from '../fixtures/database.ts'

const VICTIM = 'victim@example.com'

t.test('counted passwords', async (t) => {
  const pool = new pg.Pool({ connectionString: (await testDatabase(t)).url })
  t.teardown(() => pool.end())
  const throttle = createPasswordThrottle(pool)
  async function fail(times: number, email: string, ipOf: (attempt: number) => string): Promise<void> {
    for (let attempt = 0; attempt < times; attempt++) await (await throttle.begin(email, ipOf(attempt))).wrong()
  }
  /** Looks without a trace. */
  const check = async (email: string, ip: string): Promise<void> => (await throttle.begin(email, ip)).withdraw()
  const rejection = (policy: string) => ({
    code: 'rate_limited',
    headers: { RateLimit: new RegExp(`"password-${policy}"`) }
  })

  await t.test('429: all addresses of an IPv6 /64 count as one, for one account and for many', async (t) => {
    await fail(THROTTLE.pair.tries, 'six@example.com', (attempt) => `2001:db8:0:1::${attempt + 1}`)
    await t.rejects(check('six@example.com', '2001:db8:0:1:ffff::1'), rejection('pair'))
    await t.resolves(check('six@example.com', '2001:db8:0:2::1'), 'the next /64 counts separately')
    await t.resolves(check('other@example.com', '2001:db8:0:1::1'))
  })

  await t.test(
    'an attacker cannot lock the owner out of known addresses; strangers and guesses from there are throttled',
    async (t) => {
      t.equal(await throttle.isKnown(VICTIM, '192.0.2.1'), false)
      await (await throttle.begin(VICTIM, '192.0.2.1')).right()
      t.equal(await throttle.isKnown(VICTIM, '192.0.2.1'), true)
      await fail(THROTTLE.account.tries, VICTIM, (attempt) => `198.51.100.${attempt}`)
      await t.rejects(check(VICTIM, '203.0.113.1'), rejection('account'))
      await t.resolves(check(VICTIM, '192.0.2.1'))
      await t.resolves(check('other@example.com', '203.0.113.1'))
      await fail(THROTTLE.pair.tries, VICTIM, () => '192.0.2.1')
      await t.rejects(check(VICTIM, '192.0.2.1'), rejection('pair'))
    }
  )

  await t.test('429: a wrong password does not make an address known', async (t) => {
    await t.rejects(throttle.begin(VICTIM, '192.0.2.2'), rejection('account'))
    t.equal(await throttle.isKnown(VICTIM, '192.0.2.2'), false)
  })

  await t.test('429: attempts at once count before their passwords are checked', async (t) => {
    const all = await Promise.allSettled(
      Array.from({ length: 30 }, () => throttle.begin('burst@example.com', '192.0.2.3'))
    )
    t.equal(all.filter(({ status }) => status === 'fulfilled').length, THROTTLE.pair.tries)
    t.ok(all.every((one) => one.status === 'fulfilled' || (one.reason as { code: string }).code === 'rate_limited'))
  })

  await t.test('429: an account with the right password takes no more than its share from one address', async (t) => {
    const signIn = async (ip: string): Promise<void> => (await throttle.begin('busy@example.com', ip)).right()
    for (let time = 0; time < THROTTLE.right.tries; time++) await signIn('192.0.2.4')
    await t.rejects(signIn('192.0.2.4'), { ...rejection('right'), why: 'too_many_right_passwords' })
    await t.resolves(signIn('192.0.2.5'), 'another address counts separately')
  })

  await t.test(
    'an attempt that is refused, withdrawn or right leaves no trace in the counts of wrong ones',
    async (t) => {
      const points = async (key: string): Promise<number[]> => {
        const { rows } = await pool.query<{ points: number }>(
          `select points from rate_limit where key like $1 order by points`,
          [key]
        )
        return rows.map(({ points }) => points)
      }
      const ofAddress = await points('password:address:192.0.2.4')
      t.same(ofAddress, [0])
      await check('quiet@example.com', '192.0.2.6')
      await (await throttle.begin('quiet@example.com', '192.0.2.6')).wrong()
      t.same(await points('password:address:192.0.2.6'), [1])
      t.same(await points('password:pair:%:192.0.2.6'), [1])
      t.same(await points('password:right:%:192.0.2.6'), [0])
    }
  )
})
