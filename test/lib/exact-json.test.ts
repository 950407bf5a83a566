import t from 'tap'
import { markLongNumbers, parseJson, restoreLongNumbers } from '../../src/lib/exact-json.ts'
import { compareExact, ExactNumber, exactNumber, isNumber, scalarText, toDouble } from '../../src/lib/exact-number.ts'

const roundTrip = (text: string): string => JSON.stringify(parseJson(text))

t.test('a number that no double is equal to keeps its digits; every other one is a double', async (t) => {
  for (const text of [
    '9007199254740993',
    '-7615917337495251231',
    '12345678901.123456789',
    '123456789012345678.00',
    '0.1000000000000000055511151231257827021181583404541015625',
    '1e+400',
    '-1e-400',
    '4.9e-324'
  ]) {
    t.ok(exactNumber(text) instanceof ExactNumber, text)
    t.equal(roundTrip(`{"a":[${text}]}`), `{"a":[${text}]}`)
  }
  for (const [text, double] of [
    ['9007199254740992', 2 ** 53],
    ['0.30000000000000004', 0.1 + 0.2],
    ['1.00000000000000000000', 1],
    ['100000000000000000000', 1e20],
    ['1234567890123456e3', 1234567890123456000],
    ['0e999', 0],
    ['5e-324', 5e-324]
  ] as const)
    t.equal(exactNumber(text), double, text)
})

t.test('equal values in different notations have one text', async (t) => {
  for (const [given, text] of [
    ['1E400', '1e+400'],
    ['1e0400', '1e+400'],
    ['12345678901234567890e5', '1.2345678901234567890e+24'],
    ['0.00000000012345678901234567', '1.2345678901234567e-10'],
    ['12345678901234567890.1e-1', '1234567890123456789.01']
  ] as const)
    t.equal(String(exactNumber(given)), text, given)
})

t.test("exponents beyond jq's are the largest double, or zero", async (t) => {
  t.equal(exactNumber('1e1000000000'), Number.MAX_VALUE)
  t.equal(exactNumber('-1e99999999999999'), -Number.MAX_VALUE)
  t.equal(exactNumber('1e-1000000000'), 0)
  t.equal(String(exactNumber('1e999999999')), '1e+999999999')
})

t.test('what looks like a number within a string, or as a name, stays text', async (t) => {
  for (const text of [
    '{"a":"x, 1234567890123456789, y","b":1234567890123456789}',
    '{"1234567890123456789":[1234567890123456789]}',
    '["\\\\",1234567890123456789,"\\",1234567890123456789"]',
    '["",[],{},1234567890123456789]',
    '{"__proto__":1234567890123456789}',
    '"1234567890123456789"',
    '1234567890123456789'
  ])
    t.equal(roundTrip(text), text)
})

t.test('a text that is not JSON is refused as JSON.parse refuses it', async (t) => {
  for (const text of [
    '{1234567890123456789:1}',
    '{ 1234567890123456789 : 1}',
    '[01234567890123456789]',
    '[1234567890123456789 1]',
    '{"a":1, 1234567890123456789}',
    '[1234567890123456789.]',
    '[+1234567890123456789]',
    '1234567890123456789x'
  ]) {
    let expected: unknown
    try {
      JSON.parse(text)
    } catch (error) {
      expected = (error as Error).message
    }
    t.throws(() => parseJson(text), { name: 'SyntaxError', message: expected }, text)
  }
})

t.test('marked texts stand for their numbers, and a text without long numbers is itself', async (t) => {
  const text = '{"id": 7615917337495251231, "n": 1}'
  t.equal(markLongNumbers('{"n": 1.5e10}'), '{"n": 1.5e10}')
  t.equal(JSON.stringify(restoreLongNumbers(JSON.parse(markLongNumbers(text)))), '{"id":7615917337495251231,"n":1}')
})

t.test('numbers are compared by all their digits', async (t) => {
  const compare = (a: string, b: string): number =>
    Math.sign(compareExact(exactNumber(a) as ExactNumber, exactNumber(b) as ExactNumber))
  t.equal(compare('9007199254740993', '9007199254740995'), -1)
  t.equal(compare('-9007199254740993', '-9007199254740995'), 1)
  t.equal(compare('-9007199254740993', '9007199254740993'), -1)
  t.equal(compare('123456789012345678.00', '123456789012345678'), 1 - 1)
  t.equal(compare('1e400', '99999999999999999999'), 1)
  t.equal(compare('1e-400', '1.5e-400'), -1)
  t.equal(compare('12345678901234567890', '123456789012345678901'), -1)
})

t.test('a number has a text, and a nearest double', async (t) => {
  const id = exactNumber('9007199254740993')
  t.equal(scalarText(id), '9007199254740993')
  t.strictSame([scalarText('a'), scalarText(true), scalarText(1.5)], ['a', 'true', '1.5'])
  t.strictSame([scalarText(null), scalarText([]), scalarText({})], [undefined, undefined, undefined])
  t.equal(toDouble(id), 9007199254740992)
  t.ok(isNumber(id))
})
