import t from 'tap'
import { parseDocument } from '../../src/dsl/index.ts'

t.test('YAML and JSON give the same document', async (t) => {
  const expected = {
    document: { dsl: '1.0.3', version: '0.1.0' },
    do: [{ a: { set: { x: 1.5, y: null, z: true, t: '2026-01-01', __proto__x: 'on' } } }]
  }
  const yaml = parseDocument(
    'document: { dsl: 1.0.3, version: 0.1.0 }\ndo:\n  - a:\n      set: { x: 1.5, y: ~, z: true, t: 2026-01-01, ' +
      '__proto__x: on }\n',
    'yaml'
  )
  const json = parseDocument(JSON.stringify(expected, null, '\t'), 'json')
  t.same(yaml.faults, [])
  t.same(json.faults, [])
  t.strictSame(yaml.document, expected)
  t.strictSame(json.document, expected)
})

t.test('faults carry line and column, of YAML and of JSON', async (t) => {
  t.match(parseDocument('a: 1\nb: [1, 2\nc: 3\n', 'yaml').faults[0], { pointer: '', message: /not YAML/, line: 3 })
  t.match(parseDocument('{\n  "a": ]\n}', 'json').faults, [{ pointer: '', message: /not JSON/ }])
  t.match(parseDocument('a: 1\nb: 2\na: 3\n', 'yaml').faults, [{ message: /"a" is there twice/, line: 3, column: 1 }])
  t.match(parseDocument('{"a": 1,\n\t"a": 2}', 'json').faults, [{ message: /"a" is there twice/, line: 2, column: 2 }])
})

t.test(
  'locate finds the position of a pointer; for a pointer to nothing, that of the nearest value above it',
  async (t) => {
    const { locate } = parseDocument('do:\n  - a/b:\n      set:\n        x: 1\n  - c: {}\n', 'yaml')
    t.same(locate('/do/0/a~1b/set/x'), { line: 4, column: 9 })
    t.same(locate('/do/0/a~1b/set/missing'), { line: 3, column: 7 })
    t.same(locate('/do/1/c'), { line: 5, column: 5 })
    t.same(locate(''), { line: 1, column: 1 })
  }
)

t.test('aliases are refused and cost nothing', async (t) => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghij'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(', ')}]`)
  ].join('\n')
  const { document, faults } = parseDocument(bomb, 'yaml')
  t.equal(document, undefined)
  t.match(faults[0], { message: 'Aliases are refused: write the value instead of *a.', line: 2, column: 8 })
})

t.test('YAML features without a JSON equivalent are refused', async (t) => {
  const refused = (text: string): string | undefined => parseDocument(text, 'yaml').faults[0]?.message
  t.match(refused('a: !!js/function "x"'), /tag/)
  t.match(refused('a: .inf'), /not finite/)
  t.match(refused('a: .nan'), /not finite/)
  t.match(refused('? [a, b]\n: 1'), /key must be text/)
  t.match(refused('--- 1\n--- 2\n'), /document/)
  t.equal(refused('<<: { a: 1 }'), undefined, 'a merge key is a key')
  t.strictSame(parseDocument('yes: no', 'yaml').document, { yes: 'no' })
})

t.test('a value that the YAML parser would leave out is refused', async (t) => {
  const message = 'The value of a key after "?" needs a ":" before it.'
  for (const [text, line, column] of [
    ['do:\n  ? set\n  - first: 1\n', 3, 3],
    ['? set\n-\n', 2, 1],
    ['? "set"\n  a: 1\n', 2, 3],
    ['? "set"\n  "two"\n', 2, 3],
    ['? "set" # note\n- [a]\nthen: end\n', 2, 1],
    ['- ? set\n  - x\n', 2, 3]
  ] as const)
    t.strictSame(parseDocument(text, 'yaml').faults, [{ pointer: '', message, line, column }], text)
  const { document, faults } = parseDocument('? set\n: - x\n? none\n? then\n:\n', 'yaml')
  t.strictSame({ document, faults }, { document: { set: ['x'], none: null, then: null }, faults: [] })
})

t.test('__proto__ as a key is data: no prototype is touched', async (t) => {
  for (const format of ['yaml', 'json'] as const) {
    const { document } = parseDocument('{"__proto__": {"polluted": true}, "a": {"__proto__": 1}}', format)
    t.equal(Object.getPrototypeOf(document), Object.prototype)
    t.strictSame(Object.keys(document as object), ['__proto__', 'a'])
  }
  t.notOk('polluted' in {})
})

t.test('every text that is too large or too deep has a fault', async (t) => {
  t.match(parseDocument(`a: ${'x'.repeat(200 * 1024)}`, 'yaml').faults, [{ message: /larger than 131072 bytes/ }])
  const hostile: Record<string, string> = {
    brackets: '['.repeat(100_000),
    braces: '{a: '.repeat(30_000),
    dashes: '- '.repeat(60_000),
    questions: '? '.repeat(60_000),
    anchors: '&a '.repeat(40_000),
    tags: '!a '.repeat(40_000),
    quotes: '"'.repeat(100_000)
  }
  for (const [what, text] of Object.entries(hostile)) {
    const { faults, document } = parseDocument(text, 'yaml')
    t.ok(faults.length > 0 && faults.length <= 200, what)
    t.equal(document, undefined, what)
  }
  t.ok(parseDocument(`${'['.repeat(5000)}${']'.repeat(5000)}`, 'json').faults.length === 1)
})

t.test('a map of 12,000 keys is read whole', async (t) => {
  const { document, faults } = parseDocument(
    Array.from({ length: 12_000 }, (_, index) => `k${index}: 1`).join('\n'),
    'yaml'
  )
  t.equal(faults.length, 0)
  t.equal(Object.keys(document as object).length, 12_000)
})

t.test('a text of several documents is refused at the second one', async (t) => {
  t.match(parseDocument('a: 1\n---\nb: 2\n', 'yaml').faults, [{ message: /several documents/, line: 2, column: 1 }])
})
