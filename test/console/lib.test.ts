import t from 'tap'
import { holdsCredential } from '../../src/console/api/secret-guard.ts'
import { ExactNumber, parseJson } from '../../src/console/lib/exact-json.ts'
import { exampleQuery } from '../../src/console/lib/example-query.ts'
import { parseSearch, textOfSearch } from '../../src/console/lib/search.ts'
import { absoluteTime, durationText, relativeTime } from '../../src/console/lib/time.ts'

const NOW = Date.parse('2026-11-28T02:44:12Z')
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()

t.test('times are said as people count them', async (t) => {
  const said: [number, string][] = [
    [-2, 'just now'],
    [-12, '12 seconds ago'],
    [-60, '1 minute ago'],
    [-240, '4 minutes ago'],
    [-9 * 3600, '9 hours ago'],
    [3 * 86_400 - 5, 'in 3 days'],
    [3600, 'in 1 hour'],
    [28 * 86_400, 'in 28 days']
  ]
  for (const [seconds, text] of said) t.equal(relativeTime(at(seconds), NOW), text)
  t.match(absoluteTime(at(0)), /^2026-11-28 02:44:12 UTC \(\d\d:\d\d local\)$/)
  const durations: [number, string][] = [
    [51.4, '51 ms'],
    [1_200, '1.2 s'],
    [2_000, '2 s'],
    [180_000, '3 min']
  ]
  for (const [ms, text] of durations) t.equal(durationText(ms), text)
})

t.test('a number keeps its digits from a JSON text to the next', async (t) => {
  const text = '{"id":12345678901234567890,"price":0.12345678901234567891,"big":1e400,"in":["1234567890123456789012"]}'
  t.equal(JSON.stringify(parseJson(text)), text)
  t.ok((parseJson(text) as { id: unknown }).id instanceof ExactNumber)
  t.equal((parseJson('-9007199254740993') as ExactNumber).integer, -9_007_199_254_740_993n)
  // What a double has stays a number, however it is written.
  for (const [written, value] of [
    ['1000000000000000000000', 1e21],
    ['1.50000000000000000', 1.5],
    ['0.1000000000000000', 0.1],
    ['9007199254740992000e-3', 9007199254740992],
    ['-0.0000000000000000', -0],
    ['9007199254740992', 9007199254740992]
  ] as const)
    t.equal(parseJson(written), value, written)
  t.throws(() => parseJson('{"a":1234567890123456789,}'), SyntaxError)
})

t.test('a whole credential may not be cached; its first 12 characters may', async (t) => {
  const token = `slc_${'a1B2'.repeat(15)}`
  const jwt = `eyJhbGciOiJFZERTQSJ9.${'a'.repeat(20)}.${'b'.repeat(20)}`
  for (const credential of [token, token.replace('slc_', 'sls_'), token.replace('slc_', 'slm_'), jwt]) {
    t.ok(holdsCredential({ items: [{ token: credential }] }))
    t.ok(holdsCredential(`Bearer ${credential}`))
    t.notOk(holdsCredential({ start: credential.slice(0, 12), id: 'tok_7Yc2mVbN0pQr4sTuWxYz1A' }))
  }
})

t.test('the query of a page is plain text, and filters that are off are not in it', async (t) => {
  t.equal(textOfSearch({ q: 'a b&c', state: '', next: '/tokens', gone: undefined }), '?q=a+b%26c&next=/tokens')
  t.strictSame(parseSearch('?q=a+b%26c&next=/tokens'), { q: 'a b&c', next: '/tokens' })
  t.equal(textOfSearch({}), '')
})

t.test('the example of a call has the parameters that its flow requires', async (t) => {
  const query = {
    properties: { sku: { type: 'string', examples: ['A-100'] }, page: { default: 1 }, more: {} },
    required: ['sku', 'page', 'other']
  }
  t.equal(exampleQuery({ input: { schema: { document: { properties: { query } } } } }), '?sku=A-100&page=1&other=other')
  t.equal(exampleQuery({ do: [] }), '')
  t.equal(exampleQuery(undefined), '')
})
