import t from 'tap'
import { extractCredential, withoutCredentials } from '../../src/auth/extract-credential.ts'

const query = (text: string): URLSearchParams => new URLSearchParams(text)

t.test('one credential is found wherever it may be, its name in any case', async (t) => {
  const found: [string[], string, string, string][] = [
    [['Authorization', 'Bearer abc'], '', 'bearer', 'abc'],
    [['AUTHORIZATION', 'bearer   abc '], '', 'bearer', 'abc'],
    [['Access_Token', 'abc'], '', 'header', 'abc'],
    [['jwt_token', 'abc'], '', 'header', 'abc'],
    [[], 'access_token=abc', 'query', 'abc'],
    [[], 'x=1&token=abc', 'query', 'abc'],
    [[], 'jwt%5Ftoken=abc', 'query', 'abc']
  ]
  for (const [headers, search, carrier, token] of found) {
    const extraction = extractCredential(headers, query(search))
    t.match(extraction, { found: 'token', carrier }, search || headers.join(': '))
    t.equal(extraction.found === 'token' && extraction.token.reveal(), token)
  }
  t.same(extractCredential(['authorization', 'Basic YTpi'], undefined), { found: 'basic' })
})

t.test('two credentials are seen, also where Node keeps only the first', async (t) => {
  for (const [headers, search] of [
    [['Authorization', 'Bearer a', 'authorization', 'Bearer a'], ''],
    [['Authorization', 'Bearer a', 'access_token', 'a'], ''],
    [['Authorization', 'Basic YTpi'], 'token=a'],
    [['access_token', 'a', 'ACCESS_TOKEN', 'b'], ''],
    [[], 'access_token=a&access_token=b'],
    [[], 'access_token=a&%61ccess_token=b'],
    [[], 'token=&jwt_token=']
  ] as const)
    t.equal(extractCredential(headers, query(search)).found, 'several', `${headers.join()} ${search}`)
})

t.test('nothing, an empty one and an unknown scheme are three different things', async (t) => {
  t.same(extractCredential(['x', 'y'], undefined), { found: 'none' })
  t.same(extractCredential([], query('tokens=a&Access_Token=b')), { found: 'none' }, 'names in the query are exact')
  t.equal(extractCredential(['authorization', 'Bearer'], undefined).found, 'token')
  t.equal(extractCredential(['authorization', 'Digest x'], undefined).found, 'unreadable')
  t.equal(extractCredential(['authorization', ''], undefined).found, 'unreadable')
})

t.test('a token follows either scheme that clients write, in any case', async (t) => {
  for (const scheme of ['Bearer', 'BEARER', 'access_token', 'Access_Token']) {
    const extraction = extractCredential(['Authorization', `${scheme} abc`], undefined)
    t.match(extraction, { found: 'token', carrier: 'bearer' }, scheme)
    t.equal(extraction.found === 'token' && extraction.token.reveal(), 'abc', scheme)
  }
})

t.test('the flow gets the query without what carried a credential', async (t) => {
  t.same(withoutCredentials(query('a=1&token=x&a=2&access_token=y&jwt_token=z&Token=kept')), [
    ['a', '1'],
    ['a', '2'],
    ['Token', 'kept']
  ])
})
