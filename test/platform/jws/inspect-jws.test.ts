import t from 'tap'
import { CHECKS } from '../../../src/platform/jws/checks.ts'
import { inspectJws } from '../../../src/platform/jws/inspect-jws.ts'
import { verifyCustomerToken } from '../../../src/platform/jws/verify-customer-token.ts'
import { CLAIMS, makeToken, NOW_SECONDS, OTHER_WORKSPACE_KEY, RULES, SECRET } from './fixtures.ts'

t.test('a good token passes every check, in order, and is what verification makes of it', async (t) => {
  const token = makeToken({ alg: 'ES384' })
  const inspection = await inspectJws(token, RULES)
  t.same(
    inspection.checks,
    CHECKS.map((check) => ({ check, status: 'pass' }))
  )
  t.same(inspection.token, await verifyCustomerToken(token, RULES))
  t.equal(inspection.matchedKid, 'p384')
})

t.test(
  'an expired token: the key that signed is named, the header and claims are shown, the rest is not reached',
  async (t) => {
    const payload = { ...CLAIMS, exp: NOW_SECONDS - 60 }
    const { checks, token, header, claims, matchedKid } = await inspectJws(makeToken({ payload }), RULES)
    t.match(
      checks.find(({ check }) => check === 'expiry'),
      { status: 'fail', reason: 'expired', why: /2026-11-21T11:59:00/, remedy: /new token/ }
    )
    t.same(
      checks.slice(-5).map(({ status }) => status),
      ['not_reached', 'not_reached', 'not_reached', 'not_reached', 'not_reached']
    )
    t.same([token, header, claims, matchedKid], [undefined, { alg: 'HS256' }, payload, 'secret'])
  }
)

t.test('a token with a wrong signature shows its claims and names no key', async (t) => {
  const { checks, claims, matchedKid } = await inspectJws(
    makeToken({ payload: { ...CLAIMS, iss: OTHER_WORKSPACE_KEY } }),
    RULES
  )
  t.equal(checks.find(({ status }) => status === 'fail')?.check, 'signature')
  t.match(claims, { iss: OTHER_WORKSPACE_KEY })
  t.equal(matchedKid, undefined)
})

t.test('what is no token at all fails the first check it can', async (t) => {
  t.equal((await inspectJws('hello', RULES)).checks.find(({ status }) => status === 'fail')?.check, 'form')
})

t.test('a failure of ours is not a failed check: it goes through', async (t) => {
  await t.rejects(inspectJws(makeToken(), { ...RULES, findIssuer: () => Promise.reject(new Error('database down')) }), {
    message: 'database down'
  })
  await t.rejects(
    verifyCustomerToken(makeToken(), {
      ...RULES,
      findIssuer: () => {
        throw new Error('database down')
      }
    }),
    { message: 'database down' }
  )
})

t.test('keys are looked for with what the token says, after its form is judged and never before', async (t) => {
  const hints: unknown[] = []
  const rules = { ...RULES, findIssuer: (hint: unknown) => void hints.push(hint) }
  await inspectJws(makeToken({ header: { alg: 'HS256', kid: 'k' } }), rules)
  await inspectJws(makeToken({ header: { alg: 'HS256', jku: 'x' } }), rules)
  await inspectJws(makeToken({ payload: '{"iss":"a","iss":"b"}' }), rules)
  t.same(hints, [{ workspaceKey: CLAIMS.iss, alg: 'HS256', kid: 'k' }])
})

t.test('an inspection holds no secret', async (t) => {
  const inspection = await inspectJws(makeToken(), RULES)
  t.notMatch(JSON.stringify(inspection), SECRET)
})
