import t from 'tap'
import { parseChallenges } from '../../../../src/platform/egress/auth/challenges.ts'

const read = (header: string): unknown =>
  parseChallenges(header)?.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

t.test('one challenge, several, with parameters, a token68 or neither', async (t) => {
  t.same(read('Basic realm="x"'), [['basic', { realm: 'x' }]])
  t.same(read('Negotiate'), [['negotiate', {}]])
  t.same(read('Negotiate YWJj==, Basic realm=x'), [
    ['negotiate', {}],
    ['basic', { realm: 'x' }]
  ])
  t.same(read('NTLM, Negotiate, Digest realm="a", nonce="b",qop="auth,auth-int" , Bearer scope="s t"'), [
    ['ntlm', {}],
    ['negotiate', {}],
    ['digest', { realm: 'a', nonce: 'b', qop: 'auth,auth-int' }],
    ['bearer', { scope: 's t' }]
  ])
  t.same(
    read(', ,Basic realm="x",, ,Digest nonce = "n" , '),
    [
      ['basic', { realm: 'x' }],
      ['digest', { nonce: 'n' }]
    ],
    'empty list members and space around ='
  )
  t.same(read('DIGEST Realm="x"'), [['digest', { realm: 'x' }]], 'names in any case')
  t.same(read(''), [])
})

t.test('quotes: escapes are undone, commas and scheme names inside them mean nothing', async (t) => {
  t.same(read('Digest realm="a \\"b\\" \\\\ c, Basic realm=no", nonce="n"'), [
    ['digest', { realm: 'a "b" \\ c, Basic realm=no', nonce: 'n' }]
  ])
  t.same(read('Digest realm=""'), [['digest', { realm: '' }]])
})

t.test('what does not fit the grammar is not read in part', async (t) => {
  for (const header of [
    'Basic realm="x',
    'Basic realm="x" nonce="y"',
    'Digest realm="a", realm="b"',
    '=x',
    '"quoted"',
    'Basic realm=x y',
    'Basic realm="x"Digest',
    'Digest realm=\u00fc',
    `Basic realm="${'x'.repeat(17_000)}"`
  ]) {
    t.equal(parseChallenges(header), undefined, header.slice(0, 40))
  }
})
