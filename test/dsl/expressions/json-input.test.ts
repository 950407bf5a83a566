import fc from 'fast-check'
import t from 'tap'
import { parseJson } from '../../../src/lib/exact-json.ts'
import { createJsonInput } from '../../../src/dsl/expressions/json-input.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { documents } from './fixtures/generate.ts'
import { refuses } from './fixtures/refuses.ts'

const sanitize = createJsonInput({ depth: 5, valueSize: 100 })

t.test('clean data passes unchanged, without a copy', async (t) => {
  const value = { a: [1, 'x', null, true], b: { c: 1.5 } }
  t.equal(sanitize(value), value)
  t.equal(sanitize(value), value)
})

t.test('what jq cannot represent is repaired in a copy, and the original stays', async (t) => {
  const value = { text: '\ud800x', list: [Number.NaN, Number.NEGATIVE_INFINITY, -0], gone: undefined, '\udc00': 1 }
  t.equal(JSON.stringify(sanitize(value)), '{"text":"\ufffdx","list":[null,-1.7976931348623157e+308,0],"\ufffd":1}')
  t.ok(Number.isNaN(value.list[0]))
  t.equal(sanitize('\ud800'), '\ufffd')
  t.equal(sanitize(Number.POSITIVE_INFINITY), Number.MAX_VALUE)
  t.equal(sanitize(undefined), null)
})

t.test('a hole in an array becomes null', async (t) => {
  t.same(sanitize(Array.from({ length: 2 })), [null, null])
})

t.test('__proto__ stays an own member in a repaired copy', async (t) => {
  const copy = sanitize(JSON.parse('{"__proto__": {"x": "\\ud800"}}')) as object
  t.same(Object.keys(copy), ['__proto__'])
  t.equal(Object.getPrototypeOf(copy), Object.prototype)
})

t.test('what is not JSON data is refused: a secret, a date, a function, a big integer', async (t) => {
  for (const value of [new Secret('x'), new Date(0), () => 1, 1n, Symbol('s')]) {
    await refuses(t, () => sanitize(value), { kind: 'runtime', message: /not JSON data/ })
    await refuses(t, () => sanitize({ a: [value] }), { kind: 'runtime', message: /not JSON data/ })
  }
})

t.test('depth and size are limited, also for values with parts that passed before', async (t) => {
  const inner = { a: { b: { c: 1 } } }
  t.equal(sanitize(inner), inner)
  t.same(sanitize([inner]), [inner])
  await refuses(t, () => sanitize([[[inner]]]), { kind: 'limit', message: 'a value is nested deeper than 5 levels' })
  await refuses(t, () => sanitize('x'.repeat(101)), { kind: 'limit', message: 'a value is larger than 100 characters' })
  await refuses(t, () => sanitize([['x'.repeat(60)], ['x'.repeat(60)]]), { kind: 'limit' })
  await refuses(t, () => sanitize({ ['k'.repeat(101)]: 1 }), { kind: 'limit' })
})

t.test('a value that contains itself is refused as too deep', async (t) => {
  const loop: unknown[] = []
  loop.push(loop)
  await refuses(t, () => sanitize(loop), { kind: 'limit' })
})

t.test('sanitizing twice changes nothing, and a sanitized value survives JSON', async () => {
  const wide = createJsonInput({ depth: 50, valueSize: 100_000 })
  fc.assert(
    fc.property(documents, (document) => {
      const once = wide(document)
      return wide(once) === once && JSON.stringify(parseJson(JSON.stringify(once))) === JSON.stringify(once)
    })
  )
})
