import t from 'tap'
import { parseJson } from '../../src/lib/exact-json.ts'
import { repeatsMember } from '../../src/lib/json.ts'

t.test('a member that comes twice is seen at any depth, and nothing else is taken for one', async (t) => {
  for (const [text, repeats] of [
    ['{}', false],
    ['"a:b"', false],
    ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', false],
    ['{"a:":":\\":","\\\\":{"\\"":1}}', false],
    ['{"n":12345678901234567890,"e":1e400}', false],
    ['{"a":1,"a":1}', true],
    ['{"a":1,"\\u0061":2}', true],
    ['[{"x":{"y":[{"z":1,"z":2}]}}]', true],
    ['{"a":{"b":1,"c":2},"a":3}', true],
    ['{"1":1,"1":1}', true]
  ] as const)
    t.equal(repeatsMember(text, parseJson(text)), repeats, text)
})

t.test('quotes, backslashes and colons in strings of any length are not taken for others', async (t) => {
  for (let length = 0; length < 80; length++)
    for (const part of ['\\', '"', ':', '\\"', ':"\\\\', 'a', '{"a":1,"a":2}']) {
      const string = 'x'.repeat(length) + part.repeat(3)
      const value = { [string]: string, list: [string, { [string]: 1 }] }
      const text = JSON.stringify(value)
      if (repeatsMember(text, value)) t.fail(`taken for a repeated member: ${text}`)
      const twice = `{${text.slice(1, -1)},"list":0}`
      if (!repeatsMember(twice, JSON.parse(twice))) t.fail(`not seen: ${twice}`)
    }
  t.pass('1,120 texts')
})
