import pg from 'pg'
import t from 'tap'
import { createTotpThrottle, TOTP_TRIES } from '../../src/accounts/totp-throttle.ts'
import { testDatabase } from '../fixtures/database.ts'

t.test("right codes use up nobody's day, wrong ones do, also with right ones between", async (t) => {
  const pool = new pg.Pool({ connectionString: (await testDatabase(t)).url })
  t.teardown(() => pool.end())
  const throttle = createTotpThrottle(pool)
  const wrong = () => throttle.take('acc')
  const right = async () => {
    await throttle.take('acc')
    await throttle.succeeded('acc')
  }
  for (let turn = 0; turn <= TOTP_TRIES.day.tries; turn++) await right()
  for (let turn = 0; turn < TOTP_TRIES.day.tries; turn++) {
    await wrong()
    // The last place of the day is the last wrong code's.
    if ((turn + 1) % (TOTP_TRIES.soon.tries - 1) === 0 && turn + 1 < TOTP_TRIES.day.tries) await right()
  }
  await t.rejects(wrong(), { code: 'rate_limited', headers: { RateLimit: /"totp-day"/ } })
})
