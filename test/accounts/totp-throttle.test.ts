import pg from 'pg'
import t from 'tap'
import { createTotpThrottle, TOTP_TRIES } from '../../src/accounts/totp-throttle.ts'
import { testDatabase } from '../fixtures/database.ts'

t.test(
  'correct codes do not count towards the daily limit; wrong codes do, even with correct ones between them',
  async (t) => {
    const pool = new pg.Pool({ connectionString: (await testDatabase(t)).url })
    t.teardown(() => pool.end())
    const throttle = createTotpThrottle(pool)
    const wrong = () => throttle.take('acc')
    const right = async () => {
      await throttle.take('acc')
      await throttle.succeeded('acc')
    }
    for (let attempt = 0; attempt <= TOTP_TRIES.day.tries; attempt++) await right()
    for (let attempt = 0; attempt < TOTP_TRIES.day.tries; attempt++) {
      await wrong()
      // The last wrong code uses the last attempt of the day.
      if ((attempt + 1) % (TOTP_TRIES.soon.tries - 1) === 0 && attempt + 1 < TOTP_TRIES.day.tries) await right()
    }
    await t.rejects(wrong(), { code: 'rate_limited', headers: { RateLimit: /"totp-day"/ } })
  }
)
