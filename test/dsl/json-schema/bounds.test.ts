import t from 'tap'
import { isQuickSchema, SCHEMA_LIMITS, schemaBoundFault } from '../../../src/dsl/json-schema/bounds.ts'
import { patternSize } from '../../../src/dsl/json-schema/pattern-size.ts'

t.test('the size of a pattern counts its repetitions written out', async (t) => {
  for (const [source, size] of [
    ['', 0],
    ['abc', 3],
    ['a{3}', 3],
    ['a{2,5}', 5],
    ['a{2,}', 3],
    ['a{0}', 1],
    ['(ab){10}', 30],
    ['((ab){10}c){10}', 320],
    ['x{1,900}', 900],
    ['x{1,9000}', 1_000],
    ['a{x}', 4],
    ['\\{3}', 3],
    ['\\pL', 64],
    ['\\p{L}{2}', 128],
    ['\\', 1],
    ['(((', 0],
    [')))', 3]
  ] as const)
    t.equal(patternSize(source), size, source)
  t.ok(patternSize('[]a-z]{100}') >= 100 && patternSize('[]a-z]{100}') < 250)
  t.ok(patternSize('[[:alpha:]]{100}') < 400)
  t.ok(patternSize(`[${'\\p{L}'.repeat(100)}]`) >= 6_400)
  t.ok(patternSize('^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$') < 100)
})

const properties = (count: number): object => ({
  properties: Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { type: 'string' }]))
})
const { schemaBytes, schemaValues, patternSize: parts } = SCHEMA_LIMITS

t.test('schemaValues: the limit passes, one more is refused', async (t) => {
  // Each property is two values, and "properties" one.
  const most = { title: 'x', ...properties((schemaValues - 2) / 2) }
  t.equal(schemaBoundFault(most), undefined)
  t.match(schemaBoundFault({ ...most, type: 'object' }), { pointer: '', message: /2500 .*\(limit "schemaValues"\)/ })
  t.match(schemaBoundFault(properties(1_500)), { message: /schemaValues/ })
  t.match(schemaBoundFault({ allOf: Array.from({ length: 1_500 }, (_, n) => ({ minimum: n })) }), {
    message: /schemaValues/
  })
  t.equal(schemaBoundFault({ enum: Array.from({ length: 5_000 }, (_, n) => n) }), undefined, 'data does not count')
})

t.test('patternSize: the limit passes, one more is refused, at the largest pattern', async (t) => {
  t.equal(schemaBoundFault({ pattern: 'x'.repeat(parts) }), undefined)
  t.match(schemaBoundFault({ pattern: 'x'.repeat(parts + 1) }), {
    pointer: '/pattern',
    message: /5000 parts .*\(limit "patternSize"\); this one has 5001/
  })
  const anyOf = Array.from({ length: 1_000 }, (_, n) => ({ pattern: `(x{1,900})+${n}` }))
  t.match(schemaBoundFault({ anyOf }), { pointer: '/anyOf/100/pattern', message: /patternSize/ })
  t.match(schemaBoundFault({ patternProperties: { 'a/b': {}, ['y{1000}'.repeat(6)]: {} } }), {
    pointer: `/patternProperties/${'y{1000}'.repeat(6)}`
  })
})

t.test('schemaBytes: the limit passes, one more is refused', async (t) => {
  const most = { const: 'x'.repeat(schemaBytes - JSON.stringify({ const: '' }).length) }
  t.equal(schemaBoundFault(most), undefined)
  t.match(schemaBoundFault({ const: `${most.const}x` }), { message: /65536 bytes \(limit "schemaBytes"\)/ })
})

t.test('a schema that leads into data, or is large, is none for the thread that answers', async (t) => {
  t.equal(isQuickSchema(properties(100)), true)
  t.equal(isQuickSchema(properties(200)), false)
  t.equal(isQuickSchema({ pattern: 'x{400}' }), true)
  t.equal(isQuickSchema({ pattern: 'x{600}' }), false)
  t.equal(isQuickSchema({ const: { allOf: [] }, $ref: '#/const' }), false)
  t.equal(isQuickSchema({ const: { allOf: [] }, $ref: '#/%63onst' }), false)
  t.equal(isQuickSchema({ $defs: { a: true }, $ref: '#/$defs/a' }), true)
  t.equal(isQuickSchema(false), true)
})
