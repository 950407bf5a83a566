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

const VARY = 'Origin, Authorization, access_token, jwt_token'

t.test('a call without a page, a credential, a limit or an expiry only says what decided', async (t) => {
  t.strictSame(callHeaders(facts()), { Vary: VARY })
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

t.test(
  'every answer varies by page and credential, whether or not it had one, beside what the flow says',
  async (t) => {
    t.equal(callHeaders(facts({ page: PAGE }))['Vary'], VARY)
    t.equal(callHeaders(facts({ page: PAGE }), { vary: 'Accept' })['Vary'], `${VARY}, Accept`)
    t.equal(callHeaders(facts(), { vary: 'Accept' })['Vary'], `${VARY}, Accept`)
  }
)

t.test(
  'an answer to a credential is private, whatever the flow says; an anonymous one is as the flow says',
  async (t) => {
    const caller = admitted({ kind: 'customer' })
    for (const [flow, expected] of [
      [undefined, 'private'],
      ['max-age=60', 'private, max-age=60'],
      ['public, max-age=60, s-maxage=600', 'private, max-age=60'],
      ['PUBLIC', 'private'],
      ['no-store', 'private, no-store'],
      ['private="x-a", no-cache', 'private, no-cache'],
      ['', 'private']
    ] as const)
      t.equal(
        callHeaders(facts({ admission: caller }), { 'cache-control': flow })['Cache-Control'],
        expected,
        String(flow)
      )
    t.notOk(
      'Cache-Control' in
        callHeaders(facts({ admission: admitted({ kind: 'anonymous' }) }), { 'cache-control': 'public' })
    )
  }
)

t.test('a URL with a credential stays out of caches and referrers, also in an error', async (t) => {
  t.strictSame(callHeaders(facts({ urlHasCredential: true })), {
    Vary: VARY,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer'
  })
})

t.test('a token that expires says when; one that does not says nothing', async (t) => {
  const token = (expiresAt: number) => facts({ admission: admitted({ kind: 'token', token: { expiresAt } }) })
  t.equal(callHeaders(token(0))['Sluice-Token-Expires'], '1970-01-01T00:00:00.000Z')
  t.notOk('Sluice-Token-Expires' in callHeaders(token(Infinity)))
})

t.test('what is left of rate limits is passed on', async (t) => {
  t.match(callHeaders(facts({ remaining: { RateLimit: '"token";r=1;t=60' } })), { RateLimit: '"token";r=1;t=60' })
})
