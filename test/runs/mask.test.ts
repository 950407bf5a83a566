import t from 'tap'
import fc from 'fast-check'
import { maskJson } from '../../src/runs/mask.ts'

t.test('a secret is masked wherever it stands: in values, in names, inside longer text, in base64, in a URL', async (t) => {
  const secret = 'p"ä/ss wörd+1'
  const basic = Buffer.from(secret).toString('base64')
  const json = JSON.stringify({ a: secret, [secret]: 1, text: `x${secret}y`, basic: `Basic ${basic}`, url: `https://x/?p=${encodeURIComponent(secret)}` })
  const masked = maskJson(json, new Set([secret]))
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), basic, encodeURIComponent(secret)]) t.notOk(masked.includes(form), form)
  t.same(JSON.parse(masked), { a: '[secret]', '[secret]': 1, text: 'x[secret]y', basic: 'Basic [secret]', url: 'https://x/?p=[secret]' })
})

t.test('a secret that is a number, or looks like structure, leaves JSON', async (t) => {
  t.same(JSON.parse(maskJson('{"pin":123456,"n":[1234567,-5,true,null]}', new Set(['123456', 'true', 'null', '":[']))), { pin: '[secret]', n: ['[secret]', -5, true, null] })
})

t.test('what is left is JSON, and its strings hold no secret, whatever both are', async () => {
  fc.assert(fc.property(fc.json(), fc.array(fc.oneof(fc.string({ minLength: 3 }), fc.integer().map((value) => `${value}00`)), { maxLength: 3 }), (json, secrets) => {
    const strings: string[] = []
    JSON.parse(maskJson(json, new Set(secrets)), (key, value) => {
      strings.push(key, typeof value === 'string' ? value : '')
      return value
    })
    return secrets.every((secret) => '[secret]'.includes(secret) || strings.every((text) => !text.includes(secret)))
  }), { numRuns: 1_000 })
})

t.test('a secret of one or two characters is left: a mask for each of them would leave nothing to read', async (t) => {
  t.equal(maskJson('{"a":"1"}', new Set(['1', ''])), '{"a":"1"}')
})
