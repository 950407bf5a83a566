import t from 'tap'
import { decodeUtf8, hasRiskyEscape, textFaults } from '../../src/lib/unicode.ts'

const HALF = /half of a surrogate pair/
const NUL = /U\+0000/

t.test('halves of surrogate pairs and U+0000 are found, in values and in names, with their pointers', async (t) => {
  t.match(textFaults({ a: ['x', '\ud800'], 'b/c': { d: 'y\u0000' } }), [
    { pointer: '/a/1', message: HALF },
    { pointer: '/b~1c/d', message: NUL }
  ])
  t.match(textFaults({ a: { '\udfff': 1 } }), [{ pointer: '/a', message: /has a name that is not well-formed/ }])
  t.match(textFaults('\udc00\ud800', '/x'), [{ pointer: '/x', message: HALF }])
  for (const fine of ['😀', '\ufffd', '\uffff', '\u0001', 'a\\u0000', 1, null, true, [], {}])
    t.same(textFaults(fine), [])
  t.equal(textFaults(Array(1000).fill('\u0000')).length, 20)
})

t.test('a JSON text without risky escapes holds no such text', async (t) => {
  for (const text of ['"\\ud83d\\ude00"', '"\\uDC00"', '"\\u0000"', '"\\\\u0000"']) t.ok(hasRiskyEscape(text), text)
  for (const text of ['"😀"', '"\\u00e9"', '"\\ue000"', '"\\n"', '"ud800"']) t.notOk(hasRiskyEscape(text), text)
})

t.test('bytes that are not UTF-8 are refused, never replaced', async (t) => {
  t.equal(decodeUtf8(Buffer.from('é😀')), 'é😀')
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3]])
    t.throws(() => decodeUtf8(Buffer.from(bytes)), TypeError, bytes.join(' '))
})
