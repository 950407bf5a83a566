import fc from 'fast-check'
import t from 'tap'
import { StrictJsonError, parseStrictObject, quote, type JsonFault } from '../../../src/platform/jws/strict-json.ts'

const parse = (text: string, maxDepth = 16): unknown => parseStrictObject(Buffer.from(text), maxDepth)

function faultOf(run: () => unknown): JsonFault | 'none' {
  try {
    run()
    return 'none'
  } catch (error) {
    if (error instanceof StrictJsonError) return error.fault
    throw error
  }
}

t.test('accepted: every object that JSON.stringify writes comes back as JSON.parse reads it', async () => {
  const objects = fc
    .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 6 }))
    .map((value) => JSON.stringify(value))
  fc.assert(
    fc.property(objects, (text) => {
      fc.pre(!/\\u0000|\\ud[89a-f]|"__proto__":/.test(text))
      t.same(parse(text), JSON.parse(text))
    }),
    { numRuns: 300 }
  )
})

t.test(
  'refused: a text of any kind is read as JSON.parse reads it, or refused by name; nothing else is thrown',
  async () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\u0061"',
      '"',
      '\\',
      '1',
      '-',
      '1e999',
      '01',
      'true',
      'null',
      ' ',
      '\n',
      '\uFEFF',
      '\u0001',
      '/'
    )
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join('')),
        (text) => {
          if (faultOf(() => parse(text)) === 'none') t.same(parse(text), JSON.parse(text))
        }
      ),
      { numRuns: 2000 }
    )
  }
)

t.test('refused: a member twice, however it is written and wherever it stands', async (t) => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"\\u0061":3}',
    '{"x":{"a":1,"a":2}}',
    '{"x":[1,{"y":[{"a":1,"a":2}]}]}',
    '{"":1,"":2}',
    '{"a" : 1 , "a" : 2}',
    '{"é":1,"\\u00e9":2}'
  ]) {
    t.equal(
      faultOf(() => parse(text)),
      'duplicate_member',
      text
    )
  }
  for (const text of [
    '{"a":1,"b":{"a":1}}',
    '{"x":[{"a":1},{"a":1}]}',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"]}',
    '{"a":1,"A":2}'
  ]) {
    t.equal(
      faultOf(() => parse(text)),
      'none',
      `${text} has each once`
    )
  }
})

t.test('refused: nesting past the bound, whatever its size, without running out of stack', async (t) => {
  const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  t.equal(
    faultOf(() => parse(nested(16))),
    'none'
  )
  t.equal(
    faultOf(() => parse(nested(17))),
    'too_deep'
  )
  t.equal(
    faultOf(() => parse(nested(100_000))),
    'too_deep'
  )
  t.equal(
    faultOf(() => parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))),
    'too_deep'
  )
  t.equal(
    faultOf(() => parse('{"a":['.repeat(100_000))),
    'too_deep',
    'unclosed'
  )
  t.equal(
    faultOf(() => parse('}'.repeat(100_000))),
    'not_json',
    'never opened'
  )
})

t.test('refused: text that is cheap to write and dear to read costs no more than its length', async (t) => {
  t.equal(
    faultOf(() => parse(`{"${'\\\\'.repeat(500_000)}`)),
    'not_json',
    'a million backslashes without an end'
  )
  t.equal(
    faultOf(() => parse(`${' '.repeat(1_000_000)}x`)),
    'not_json',
    'a million spaces'
  )
  t.equal(
    faultOf(() => parse(`{"a":${'9'.repeat(1_000_000)}}`)),
    'unsafe_number',
    'a million digits'
  )
})

t.test('refused: encodings other than plain UTF-8', async (t) => {
  t.equal(
    faultOf(() => parse('\uFEFF{}')),
    'not_utf8'
  )
  t.equal(
    faultOf(() => parseStrictObject(Buffer.from('{"a":"\xe9"}', 'latin1'), 2)),
    'not_utf8'
  )
  t.equal(
    faultOf(() => parseStrictObject(Buffer.from('7b2261223a22eda080227d', 'hex'), 2)),
    'not_utf8',
    'a surrogate as bytes'
  )
  t.equal(
    faultOf(() => parse('{"a":"\uFEFF"}')),
    'none',
    'U+FEFF inside is a character like others'
  )
})

t.test('a quoted value is short and has no control characters', async (t) => {
  t.equal(quote('a\n\u001b[31m'), '"a\\n\\u001b[31m"')
  t.equal(quote(undefined), 'undefined')
  t.ok(quote('x'.repeat(10_000)).length < 100)
})
