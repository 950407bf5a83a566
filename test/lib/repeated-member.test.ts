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
