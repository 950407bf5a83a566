import t from 'tap'
import { REMEDIES } from '../../src/platform/jws/errors.ts'
import { explain } from '../../src/requests/explain.ts'
import { reasonOf, REASONS } from '../../src/requests/reason.ts'

const known: readonly string[] = REASONS

t.test('every check that a signed token can fail has a reason, and a remedy of its own', async (t) => {
  for (const [why, remedy] of Object.entries(REMEDIES)) {
    const reason = reasonOf('invalid_token', why)
    t.ok(known.includes(reason), `${why}: ${reason}`)
    const checks = explain({ outcome: 'refused', code: 'invalid_token', reason, why, kind: 'customer', run_id: null })
    t.match(checks.at(-1), { passed: false, remedy }, why)
  }
})

t.test('every reason belongs to a check', async (t) => {
  for (const reason of REASONS) {
    const last = explain({ outcome: 'refused', code: 'x', reason, why: null, kind: 'token', run_id: null }).at(-1)
    t.notMatch(last?.remedy, /log of the gateway/, reason)
  }
})
