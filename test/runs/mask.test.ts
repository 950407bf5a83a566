import t from 'tap'
import fc from 'fast-check'
import { createMask, maskJson } from '../../src/runs/mask.ts'

t.test('a secret is masked everywhere: in values, in names, inside longer text, in base64, in a URL', async (t) => {
  const secret = 'p"ä/ss wörd+1'
  const basic = Buffer.from(secret).toString('base64')
  const json = JSON.stringify({
    a: secret,
    [secret]: 1,
    text: `x${secret}y`,
    basic: `Basic ${basic}`,
    url: `https://x/?p=${encodeURIComponent(secret)}`
  })
  const masked = maskJson(json, new Set([secret]))
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), basic, encodeURIComponent(secret)])
    t.notOk(masked.includes(form), form)
  t.same(JSON.parse(masked), {
    a: '[secret]',
    '[secret]': 1,
    text: 'x[secret]y',
    basic: 'Basic [secret]',
    url: 'https://x/?p=[secret]'
  })
})

t.test('a secret is masked in JSON inside a JSON string, also where an error quotes it', async (t) => {
  const secret = 'p"a\\ss\nwörd'
  const echoed = JSON.stringify({ key: secret })
  const masked = maskJson(
    JSON.stringify({ body: echoed, detail: `no: ${JSON.stringify({ body: echoed })}` }),
    new Set([secret])
  )
  t.same(JSON.parse(masked), { body: '{"key":"[secret]"}', detail: 'no: {"body":"{\\"key\\":\\"[secret]\\"}"}' })
})

t.test(
  'a secret is masked in base64 at any offset, except for characters that it shares with its neighbours',
  async (t) => {
    const secret = 'k-81d8c7ae?b~ef'
    for (const alphabet of ['base64', 'base64url'] as const) {
      for (const before of ['', 'x', 'xy', 'xyz', 'user:']) {
        const masked = JSON.parse(
          maskJson(JSON.stringify(Buffer.from(`${before}${secret}, and more`).toString(alphabet)), new Set([secret]))
        )
        t.match(masked, '[secret]')
        t.notMatch(Buffer.from(masked.split('[secret]')[0], alphabet).toString(), 'k-')
        t.ok(
          masked.length < Buffer.from(`${before}${secret}, and more`).toString(alphabet).length,
          'most of it is gone'
        )
      }
    }
  }
)

t.test('the beginning of a secret is masked where a text was cut', async (t) => {
  const secret = 's3cr3t-"value"-0123456789'
  const mask = (text: string): unknown => JSON.parse(maskJson(JSON.stringify(text), new Set([secret])))
  for (let kept = 4; kept < secret.length; kept++) {
    t.equal(mask(`string ("${secret.slice(0, kept)}...") cannot be added`), 'string ("[secret]...") cannot be added')
    t.equal(mask(`${secret.slice(0, kept)}…`), '[secret]…')
  }
  // As jq quotes it: JSON, cut anywhere.
  const quoted = JSON.stringify(secret).slice(1, -1)
  for (let kept = 4; kept < quoted.length; kept++) t.equal(mask(`("${quoted.slice(0, kept)}...")`), '("[secret]...")')
  t.equal(
    mask('s3cr and more ... than that'),
    's3cr and more ... than that',
    'what does not reach the cut is another text'
  )
})

t.test('of two secrets with the same beginning, nothing of the longer one remains', async (t) => {
  t.equal(maskJson('"abcdef abc"', new Set(['abc', 'abcdef'])), '"[secret] [secret]"')
})

t.test('an escape sequence is not mistaken for a secret that begins with its letter', async (t) => {
  t.equal(maskJson(JSON.stringify({ text: 'new\nabc' }), new Set(['nabc', 'x'])), JSON.stringify({ text: 'new\nabc' }))
  t.equal(
    maskJson(JSON.stringify({ text: 'new\nabc nabc' }), new Set(['nabc'])),
    JSON.stringify({ text: 'new\nabc [secret]' })
  )
})

t.test('masking a secret that is a number, or looks like structure, yields valid JSON', async (t) => {
  t.same(
    JSON.parse(maskJson('{"pin":123456,"n":[1234567,-5,true,null]}', new Set(['123456', 'true', 'null', '":[']))),
    { pin: '[secret]', n: ['[secret]', -5, true, null] }
  )
})

t.test('the result is valid JSON without the secret, for any JSON and any secret', async () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.array(
        fc.oneof(
          fc.string({ minLength: 3 }),
          fc.integer().map((value) => `${value}00`)
        ),
        { maxLength: 3 }
      ),
      (json, secrets) => {
        const strings: string[] = []
        JSON.parse(maskJson(json, new Set(secrets)), (key, value) => {
          strings.push(key, typeof value === 'string' ? value : '')
          return value
        })
        return secrets.every((secret) => '[secret]'.includes(secret) || strings.every((text) => !text.includes(secret)))
      }
    ),
    { numRuns: 1_000 }
  )
})

t.test('a secret of one or two characters is not masked: that would make records unreadable', async (t) => {
  t.equal(maskJson('{"a":"1"}', new Set(['1', ''])), '{"a":"1"}')
})

t.test(
  'a secret is masked in lower-case percent-encoding, in hexadecimal and in base64 with line breaks',
  async (t) => {
    const secret = 'pass/word é and more: 0123456789 '.repeat(4)
    const mask = (text: string): string => JSON.parse(maskJson(JSON.stringify({ text }), new Set([secret]))).text
    const lower = encodeURIComponent(secret).replace(/%../g, (escape) => escape.toLowerCase())
    t.equal(mask(`?p=${lower}&q=1`), '?p=[secret]&q=1')
    const hex = Buffer.from(secret).toString('hex')
    t.equal(mask(`0x${hex}.`), '0x[secret].')
    t.equal(mask(`0x${hex.toUpperCase()}.`), '0x[secret].')
    for (const lineBreak of ['\n', '\r\n', '\n  ']) {
      const lines = (text: string, width: number): string =>
        text.match(new RegExp(`.{1,${width}}`, 'g'))!.join(lineBreak)
      for (const width of [64, 76])
        for (const before of ['', 'x', 'xy', 'user:']) {
          const masked = mask(`Key:\n${lines(Buffer.from(`${before}${secret}`).toString('base64'), width)}\nEnd`)
          t.match(masked, /^Key:\n.{0,8}\[secret\].{0,3}\nEnd$/)
        }
      t.equal(mask(`a\n${lines(hex, 64)}\nb`), 'a\n[secret]\nb')
    }
    const other = 'lines\nof other text\nthat hold nothing'
    t.equal(mask(other), other)
  }
)

t.test('a secret and a text that nearly repeats it take no longer than others', async (t) => {
  // With a search that begins anew at each character, this takes minutes.
  const secret = 'a'.repeat(60_000)
  const near = `${'a'.repeat(59_999)}b`
  const mask = createMask(new Set([secret]))
  t.equal(mask(JSON.stringify(`${near.repeat(16)}aaaaa...`)), JSON.stringify(`${near.repeat(16)}[secret]...`))
  t.equal(mask(JSON.stringify(`${near.repeat(8)}${secret}b`)), JSON.stringify(`${near.repeat(8)}[secret]b`))
  t.equal(mask(JSON.stringify(`aaaa…${'aaa... '.repeat(9)}`)), JSON.stringify(`[secret]…${'aaa... '.repeat(9)}`))
})
