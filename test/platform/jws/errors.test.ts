import t from 'tap'
import { CHECKS, type CheckName } from '../../../src/platform/jws/checks.ts'
import { JWS_REASONS, JwsError } from '../../../src/platform/jws/errors.ts'

t.test('every reason is a snake_case name with a remedy that is a sentence', async (t) => {
  for (const reason of JWS_REASONS) {
    t.match(reason, /^[a-z]+(_[a-z0-9]+)*$/)
    t.match(new JwsError(reason, 'why').remedy, /^[A-Z].*\.$/, reason)
  }
})

t.test('a refusal says why', async (t) => {
  t.match(new JwsError('expired', 'it is over'), {
    name: 'JwsError',
    reason: 'expired',
    why: 'it is over',
    message: 'it is over'
  })
})

t.test('each check stands in the list once', async (t) => {
  // The other half, that none is missing, is the compiler's: `inspectJws` lists by this type.
  const missing: Exclude<CheckName, (typeof CHECKS)[number]>[] = []
  t.same(missing, [])
  t.equal(new Set(CHECKS).size, CHECKS.length)
})
