import t from 'tap'
import { createSchemaValidator } from '../../../src/dsl/json-schema/validator.ts'
import { TooMuchWork } from '../../../src/dsl/json-schema/work.ts'

const validator = createSchemaValidator({ checked: true })

function refusal(schema: object | boolean, value: unknown): string | undefined {
  try {
    const faults = validator.compile(schema)(value, Infinity)
    return faults?.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')
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
  t.match(refusal(false, 1), /boolean schema is false/)
  t.match(refusal({ enum: [{ $ref: 'x' }] }, { $ref: 'y' }), /equal to one of the allowed values/)
  t.equal(refusal({ enum: [{ $ref: 'x' }] }, { $ref: 'x' }), undefined)
  t.match(refusal({ properties: { $ref: { type: 'number' } } }, { $ref: 'x' }), /\/\$ref must be number/)
})

t.test('names of properties that are like keywords, and maps of names, keep their meaning', async (t) => {
  t.match(refusal({ dependentRequired: { a: ['b'] } }, { a: 1 }), /must have property b/)
  t.equal(refusal({ dependentRequired: { a: ['b'] } }, { b: 1 }), undefined)
  t.match(refusal({ properties: { const: { type: 'number' } } }, { const: 'x' }), /\/const must be number/)
  t.match(refusal({ properties: { pattern: { pattern: '^a' } } }, { pattern: 'b' }), /\/pattern must match/)
  t.equal(
    refusal(JSON.parse('{"properties":{"__proto__":{"type":"number"}}}'), JSON.parse('{"__proto__":1}')),
    undefined
  )
  t.equal(refusal({ additionalProperties: false, properties: { a: {} } }, { a: 1 }), undefined)
  t.match(refusal({ additionalProperties: false, properties: { a: {} } }, { b: 1 }), /additional properties \(b\)/)
})

/** Each: what a validation does much of, the schema, and a value. */
const HEAVY: readonly [string, object, unknown][] = [
  ['items', { items: { type: 'number' } }, Array.from({ length: 100_000 }, (_, n) => n)],
  ['a pattern over a long text', { pattern: '(x{1,900})+1$' }, 'x'.repeat(10_000)],
  ['names that patterns are tried on', { patternProperties: { '^a': {}, '^b': {} } }, members(40_000)],
  ['names that are not allowed for', { additionalProperties: { type: 'number' } }, members(100_000)],
  ['items that are compared', { uniqueItems: true }, Array.from({ length: 50_000 }, (_, n) => `item ${n}`)],
  ['a format over a long text', { format: 'uri' }, `https://x.example/${'a'.repeat(3_000)}`],
  ['data that is compared again and again', repeated({ const: 'x'.repeat(10_000) }), 'x'.repeat(10_000)],
  ['references that double', doubling(30), 5]
]

function members(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`m${n}`, n]))
}

function repeated(schema: object): object {
  return { $defs: { a: schema }, allOf: Array.from({ length: 100 }, () => ({ $ref: '#/$defs/a' })) }
}

function doubling(levels: number): object {
  const $defs: Record<string, object> = { l0: { type: 'string' } }
  for (let level = 1; level <= levels; level++)
    $defs[`l${level}`] = { anyOf: [{ $ref: `#/$defs/l${level - 1}` }, { $ref: `#/$defs/l${level - 1}` }] }
  return { $defs, $ref: `#/$defs/l${levels}` }
}

for (const [what, schema, value] of HEAVY) {
  t.test(`a validation stops at its work: ${what}`, async (t) => {
    t.throws(() => validator.compile(schema)(value, 50_000), TooMuchWork)
  })
}

t.test('an ordinary value costs a small part of that work', async (t) => {
  const order = {
    type: 'object',
    required: ['id', 'lines'],
    additionalProperties: false,
    properties: {
      id: { type: 'string', format: 'uuid' },
      mail: { type: 'string', format: 'email', maxLength: 200 },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            sku: { type: 'string', pattern: '^[A-Z]{2}-[0-9]{4,8}$' },
            count: { type: 'integer', minimum: 1 }
          }
        }
      }
    }
  }
  const value = {
    id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    mail: 'ada@example.com',
    lines: Array.from({ length: 20 }, (_, n) => ({ sku: `AB-${1000 + n}`, count: 1 }))
  }
  t.equal(validator.compile(order)(value, 5_000), undefined)
})

t.test('only own members of a value count', async (t) => {
  for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']) {
    t.match(refusal({ type: 'object', required: [name] }, {}), /must have required property/, name)
    t.equal(refusal({ required: [name] }, JSON.parse(`{"${name}":1}`)), undefined, name)
  }
  t.equal(refusal({ properties: { constructor: { type: 'number' } } }, {}), undefined)
})

t.test('what would not be checked as the specification says is refused, with what to write', async (t) => {
  for (const [schema, message] of [
    [{ $dynamicRef: '#x' }, /\$dynamicRef is not checked here: write \$ref/],
    [{ $defs: { a: { $dynamicAnchor: 'x' } } }, /\$dynamicAnchor/],
    [{ properties: { a: { items: { unevaluatedItems: false } } } }, /unevaluatedItems/],
    [{ if: { required: ['a'] }, else: true, unevaluatedProperties: false }, /"then"/],
    [{ format: 'nonsense' }, /the format "nonsense" is not checked here: use one of date, time/],
    [{ anyOf: [{ format: 'iri' }] }, /the format "iri"/]
  ] as const)
    t.match(refusal(schema, 1), message)
  t.equal(refusal({ properties: { $dynamicRef: { type: 'number' }, format: {} } }, { format: 'x' }), undefined)
  t.equal(
    refusal({ const: { $dynamicRef: '#x', format: 'nonsense' } }, { $dynamicRef: '#x', format: 'nonsense' }),
    undefined
  )
  t.match(
    refusal({ allOf: [{ properties: { a: true } }], unevaluatedProperties: false }, { a: 1, b: 2 }),
    /must NOT have unevaluated properties/
  )
})

t.test("patterns mean ECMAScript's white space and Unicode's categories", async (t) => {
  for (const [pattern, fits, other] of [
    ['^\\s$', '\u00a0', 'x'],
    ['^\\s$', '\ufeff', '\u200b'],
    ['^\\S$', 'x', '\u2003'],
    ['^[\\s,]+$', '\u3000,', ';'],
    ['^[\\S]$', '\u200b', '\u2028'],
    ['^[^\\s]$', 'x', '\u00a0'],
    ['^\\p{Letter}+$', 'Ünï', '1'],
    ['^\\p{Script=Greek}$', 'α', 'a'],
    ['^\\P{Lu}$', 'a', 'A'],
    ['^\\\\s$', '\\s', ' ']
  ] as const) {
    t.equal(refusal({ pattern }, fits), undefined, pattern)
    t.match(refusal({ pattern }, other), /must match pattern/, pattern)
  }
})
