import t from 'tap'
import { lex } from '../../../../src/dsl/expressions/syntax/lex.ts'

const texts = (source: string): string[] | undefined =>
  lex(source)?.map((token) => (token.kind === 'string' ? JSON.stringify(token.parts) : `${token.kind}:${token.text}`))

t.test('the longest symbol that matches is one token', async (t) => {
  t.same(texts('.a.b?//$x|..[-1.5e3]'), [
    'field:a',
    'field:b',
    'symbol:?//',
    'variable:x',
    'symbol:|',
    'symbol:..',
    'symbol:[',
    'symbol:-',
    'number:1.5e3',
    'symbol:]'
  ])
  t.same(texts('a::b @json != ..'), ['word:a::b', 'format:json', 'symbol:!=', 'symbol:..'])
})

t.test('strings hold text and the tokens of interpolations, however nested', async (t) => {
  const [token] = lex('"a\\u00e9\\n\\("b\\(.c)" | (1))d"') ?? []
  t.match(token, {
    kind: 'string',
    parts: [
      'aé\n',
      [
        { kind: 'string', parts: ['b', [{ kind: 'field', text: 'c' }], ''] },
        { text: '|' },
        { text: '(' },
        { text: '1' },
        { text: ')' }
      ],
      'd'
    ]
  })
})

t.test('a comment ends with its line, unless an odd number of backslashes carries it on', async (t) => {
  t.same(texts('1 # 2\n3'), ['number:1', 'number:3'])
  t.same(texts('1 # 2 \\\n still \n3'), ['number:1', 'number:3'])
  t.same(texts('1 # 2 \\\\\n3'), ['number:1', 'number:3'])
})

t.test('a source with an unknown token has no tokens', async (t) => {
  for (const source of ['"open', '"\\x"', '"\\ud800"', '"\\(1"', '^', '`', '"\\u12"'])
    t.equal(lex(source), undefined, source)
})

t.test('interpolations nested beyond the limit have no tokens and do not overflow the stack', async (t) => {
  t.equal(lex('"\\('.repeat(10_000)), undefined)
})
