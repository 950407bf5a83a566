import t from 'tap'
import type { Admission } from '../../src/gateway/admit.ts'
import { type CallFacts, callHeaders } from '../../src/http/call-headers.ts'

const PAGE = 'https://page.example.com'
const facts = (given: Partial<CallFacts> = {}): CallFacts => ({
  page: undefined,
  pageNamedBy: undefined,
  urlHasCredential: false,
  admission: undefined,
  remaining: undefined,
  ...given
})
const admitted = (principal: object) => ({ principal }) as unknown as Admission
const actionFor = (...origins: string[]) => admitted({ kind: 'action', action: { origins: new Set(origins) } })
const mayRead = (given: Partial<CallFacts>) =>
  callHeaders(facts({ page: PAGE, ...given }))['Access-Control-Allow-Origin'] === PAGE

t.test('a call without a page, a credential in its URL, a limit or an expiry gets no header', async (t) => {
  t.strictSame(callHeaders(facts()), {})
})

t.test('a page reads the answer where the listener names its origin, whoever calls', async (t) => {
  t.ok(mayRead({ pageNamedBy: 'listener' }))
  t.ok(mayRead({ pageNamedBy: 'listener', admission: admitted({ kind: 'anonymous' }) }))
  t.notOk(mayRead({}), 'an origin that nobody names')
})

t.test("an action's origin reads errors before the caller is known, and then only that action's answers", async (t) => {
  t.ok(mayRead({ pageNamedBy: 'action' }))
  t.ok(mayRead({ pageNamedBy: 'action', admission: actionFor(PAGE) }))
  t.notOk(mayRead({ pageNamedBy: 'action', admission: actionFor('https://other.example.com') }))
  t.notOk(mayRead({ pageNamedBy: 'action', admission: admitted({ kind: 'anonymous' }) }))
})

t.test('every answer to a page varies by origin, beside what the flow says', async (t) => {
  t.equal(callHeaders(facts({ page: PAGE }))['Vary'], 'Origin')
  t.equal(callHeaders(facts({ page: PAGE }), 'Accept')['Vary'], 'Origin, Accept')
  t.notOk('Vary' in callHeaders(facts(), 'Accept'), "without a page the flow's own Vary stays as it is")
})

t.test('a URL with a credential stays out of caches and referrers, also in an error', async (t) => {
  t.strictSame(callHeaders(facts({ urlHasCredential: true })), {
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer'
  })
})

t.test('a token that expires says when; one that does not says nothing', async (t) => {
  const token = (expiresAt: number) => facts({ admission: admitted({ kind: 'token', token: { expiresAt } }) })
  t.strictSame(callHeaders(token(0)), { 'Sluice-Token-Expires': '1970-01-01T00:00:00.000Z' })
  t.strictSame(callHeaders(token(Infinity)), {})
})

t.test('what is left of rate limits is passed on', async (t) => {
  t.strictSame(callHeaders(facts({ remaining: { RateLimit: '"token";r=1;t=60' } })), { RateLimit: '"token";r=1;t=60' })
})
