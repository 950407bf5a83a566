import fc from 'fast-check'
import t from 'tap'
import { createJsonInput } from '../../../src/dsl/expressions/json-input.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { documents } from './fixtures/generate.ts'
import { refuses } from './fixtures/refuses.ts'

const admit = createJsonInput({ depth: 5, valueSize: 100 })

t.test('clean data passes as it is, without a copy', async (t) => {
  const value = { a: [1, 'x', null, true], b: { c: 1.5 } }
  t.equal(admit(value), value)
  t.equal(admit(value), value)
})

t.test('each thing jq cannot represent is mended in a copy, and the original stays', async (t) => {
  const value = { text: '\ud800x', list: [Number.NaN, Number.NEGATIVE_INFINITY, -0], gone: undefined, '\udc00': 1 }
  t.equal(JSON.stringify(admit(value)), '{"text":"\ufffdx","list":[null,-1.7976931348623157e+308,0],"\ufffd":1}')
  t.ok(Number.isNaN(value.list[0]))
  t.equal(admit('\ud800'), '\ufffd')
  t.equal(admit(Number.POSITIVE_INFINITY), Number.MAX_VALUE)
  t.equal(admit(undefined), null)
})

t.test('a hole in an array becomes null', async (t) => {
  t.same(admit(Array.from({ length: 2 })), [null, null])
})

t.test('__proto__ stays an own member in a mended copy', async (t) => {
  const copy = admit(JSON.parse('{"__proto__": {"x": "\\ud800"}}')) as object
  t.same(Object.keys(copy), ['__proto__'])
  t.equal(Object.getPrototypeOf(copy), Object.prototype)
})

t.test('what is not JSON data is refused: a secret, a date, a function, a big integer', async (t) => {
  for (const value of [new Secret('x'), new Date(0), () => 1, 1n, Symbol('s')]) {
    await refuses(t, () => admit(value), { kind: 'runtime', message: /not JSON data/ })
    await refuses(t, () => admit({ a: [value] }), { kind: 'runtime', message: /not JSON data/ })
  }
})

t.test('depth and size are limits, also through parts that were let in before', async (t) => {
  const inner = { a: { b: { c: 1 } } }
  t.equal(admit(inner), inner)
  t.same(admit([inner]), [inner])
  await refuses(t, () => admit([[[inner]]]), { kind: 'limit', message: 'a value is nested deeper than 5 levels' })
  await refuses(t, () => admit('x'.repeat(101)), { kind: 'limit', message: 'a value is larger than 100 characters' })
  await refuses(t, () => admit([['x'.repeat(60)], ['x'.repeat(60)]]), { kind: 'limit' })
  await refuses(t, () => admit({ ['k'.repeat(101)]: 1 }), { kind: 'limit' })
})

t.test('a value that contains itself is refused as too deep', async (t) => {
  const loop: unknown[] = []
  loop.push(loop)
  await refuses(t, () => admit(loop), { kind: 'limit' })
})

t.test('letting in twice changes nothing, and what is let in survives JSON', async () => {
  const wide = createJsonInput({ depth: 50, valueSize: 100_000 })
  fc.assert(
    fc.property(documents, (document) => {
      const once = wide(document)
      return wide(once) === once && JSON.stringify(JSON.parse(JSON.stringify(once))) === JSON.stringify(once)
    })
  )
})
