import t from 'tap'
import { createSchemaCompiler } from '../../../src/dsl/compile/schema.ts'

const compiler = createSchemaCompiler()

function refusal(schema: object | boolean, value: unknown): string | undefined {
  try {
    compiler.compile({ document: schema })(value, 'It')
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

t.test('2020-12 unless $schema says draft-07 or 2019-09', async (t) => {
  const tuple = { prefixItems: [{ type: 'string' }] }
  t.match(refusal(tuple, [1]), /\/0 must be string/)
  t.equal(
    refusal({ $schema: 'http://json-schema.org/draft-07/schema#', ...tuple }, [1]),
    undefined,
    'draft-07 knows no prefixItems'
  )
  t.match(
    refusal({ $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] }, [1]),
    /\/0 must be string/
  )
  t.match(
    refusal({ $schema: 'https://json-schema.org/draft/2019-09/schema', dependentRequired: { a: ['b'] } }, { a: 1 }),
    /must have property b/
  )
  t.match(refusal({ $schema: 'urn:other' }, 1), /not known here/)
})

t.test('formats are checked, references within the schema are followed, two patterns are two patterns', async (t) => {
  t.match(refusal({ format: 'email' }, 'x'), /format "email"/)
  t.match(refusal({ format: 'date-time' }, 'yesterday'), /format "date-time"/)
  t.match(
    refusal({ $defs: { n: { type: 'number' } }, properties: { a: { $ref: '#/$defs/n' } } }, { a: 'x' }),
    /\/a must be number/
  )
  const two = { properties: { a: { pattern: '^a+$' }, b: { pattern: '^b+$' } } }
  t.equal(refusal(two, { a: 'aa', b: 'bb' }), undefined)
  t.match(refusal(two, { a: 'bb', b: 'aa' }), /\/a must match pattern "\^a\+\$"; \/b must match/)
})

t.test('schemas of one id do not meet', async (t) => {
  t.match(refusal({ $id: 'https://example.com/s', type: 'string' }, 1), /must be string/)
  t.match(refusal({ $id: 'https://example.com/s', type: 'number' }, 'x'), /must be number/)
})

t.test('a recursive schema checks a recursive value', async (t) => {
  const tree = { type: 'object', required: ['v'], properties: { v: { type: 'number' }, next: { $ref: '#' } } }
  t.equal(refusal(tree, { v: 1, next: { v: 2, next: { v: 3 } } }), undefined)
  t.match(refusal(tree, { v: 1, next: { v: 2, next: {} } }), /\/next\/next must have required property 'v'/)
})

t.test('uniqueItems compares by value, whatever the order of members', async (t) => {
  t.equal(refusal({ uniqueItems: true }, [1, '1', null, { a: 1 }, { a: 2 }, [1], [2]]), undefined)
  t.match(
    refusal({ uniqueItems: true }, [
      { a: 1, b: [2] },
      { b: [2], a: 1 }
    ]),
    /duplicate items/
  )
  t.equal(refusal({ uniqueItems: false }, [1, 1]), undefined)
})

t.test('true and false are schemas; data named like a keyword is data', async (t) => {
  t.equal(refusal(true, 1), undefined)
  t.match(refusal(false, 1), /does not fit/)
  t.match(refusal({ enum: [{ $ref: 'x' }] }, { $ref: 'y' }), /equal to one of the allowed values/)
  t.equal(refusal({ enum: [{ $ref: 'x' }] }, { $ref: 'x' }), undefined)
  t.match(refusal({ properties: { $ref: { type: 'number' } } }, { $ref: 'x' }), /\/\$ref must be number/)
})
