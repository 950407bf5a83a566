import t from 'tap'
import { decodeBase64 } from '../../src/lib/content-error.ts'
import { type BodyForm, encodeContent } from '../../src/lib/encode-content.ts'
import { decodeForm } from '../../src/lib/form-encoding.ts'
import { parseBody } from '../../src/gateway/parse-body.ts'

const PDF = Buffer.from('255044 46fffe0080'.replaceAll(' ', ''), 'hex')
const BASE64 = PDF.toString('base64')
const encode = (value: unknown, type?: string, form?: BodyForm) => encodeContent(value, type, form)
const bytes = (value: unknown, type?: string, form?: BodyForm): Buffer => Buffer.from(encode(value, type, form).body)

t.test('without a type: text is plain text, everything else JSON', async (t) => {
  t.same(encode('hé'), { body: 'hé', contentType: 'text/plain; charset=utf-8' })
  t.same(encode({ a: [1] }), { body: '{"a":[1]}', contentType: 'application/json' })
  t.same(encode([]), { body: '[]', contentType: 'application/json' })
  t.same(encode(3), { body: '3', contentType: 'application/json' })
})

t.test('under the type of a file, text is the base64 of its bytes', async (t) => {
  for (const type of ['application/pdf', 'image/png', 'application/octet-stream', 'application/zip', 'font/woff2']) {
    t.same(bytes(BASE64, type), PDF, type)
    t.same(bytes(BASE64.replace(/=+$/, ''), type), PDF, `${type}, not padded`)
    for (const wrong of ['no base64!', 'abcde', 'YQ=', 'YQ==YQ==', { a: 1 }, [1], 3])
      t.throws(() => encode(wrong, type), { name: 'ContentError' }, `${type}: ${JSON.stringify(wrong)}`)
  }
  t.throws(() => encode('no base64!', 'application/pdf'), { message: /not the base64.*application\/pdf.*"text"/ })
  t.equal(decodeBase64('')?.length, 0)
})

t.test('the author can say how a value is sent, whatever its type', async (t) => {
  t.same(encode(BASE64, undefined, 'base64'), { body: PDF, contentType: 'application/octet-stream' })
  t.same(bytes(BASE64, 'text/csv', 'base64'), PDF)
  t.same(encode('UNB+UNOC', 'application/edifact', 'text'), { body: 'UNB+UNOC', contentType: 'application/edifact' })
  t.same(encode('aGk=', 'application/octet-stream', 'text').body, 'aGk=')
  t.same(encode('x', undefined, 'json'), { body: '"x"', contentType: 'application/json' })
  t.same(encode({ a: 1 }, 'text/plain', 'json'), { body: '{"a":1}', contentType: 'text/plain' })
  t.same(encode({ a: 'b c' }, undefined, 'form'), {
    body: 'a=b+c',
    contentType: 'application/x-www-form-urlencoded'
  })
  t.throws(() => encode({ a: 1 }, undefined, 'text'), { message: /an object.*as text/ })
  t.throws(() => encode([1], undefined, 'form'), { name: 'ContentError' })
})

t.test('a value that its type cannot be is an error, never JSON under another name', async (t) => {
  for (const type of ['application/xml', 'text/csv', 'image/svg+xml', 'application/octet-stream', 'multipart/mixed'])
    for (const value of [{ a: 1 }, [1]]) t.throws(() => encode(value, type), { name: 'ContentError' }, type)
  t.throws(() => encode([1], 'application/x-www-form-urlencoded'), { name: 'ContentError' })
  t.throws(() => encode({ a: { b: 1 } }, 'application/x-www-form-urlencoded'), { message: /form field a/ })
  t.throws(() => encode('{', 'application/json'), { message: /not JSON/ })
  t.throws(() => encode('x', 'multipart/form-data'), { message: /boundary/ })
  t.throws(() => encode('€', 'text/plain; charset=iso-8859-1'), { message: /does not have/ })
  t.throws(() => encode('x', 'text/plain; charset=klingon'), { message: /not supported/ })
})

t.test('text is written in the charset of its type: plain, JSON, forms', async (t) => {
  t.same(bytes('Café', 'text/xml; charset=ISO-8859-1'), Buffer.from('Café', 'latin1'))
  t.same(bytes({ n: 'é' }, 'application/json; charset=iso-8859-1'), Buffer.from('{"n":"é"}', 'latin1'))
  t.equal(encode({ n: 'é &' }, 'application/x-www-form-urlencoded; charset=iso-8859-1').body, 'n=%E9+%26')
  t.same(decodeForm('n=%E9+%26', 'iso-8859-1'), [['n', 'é &']])
  t.equal(encode('5', 'text/plain').body, '5')
  t.equal(encode(5, 'text/plain').body, '5')
})

t.test('parts: what is sent is what a form of parts is read as', async (t) => {
  const file = { filename: 'Rechnung "ä".pdf', contentType: 'application/pdf', content: BASE64 }
  const value = { title: 'Grüße\r\n--B', copies: 2, list: ['a', 'b'], doc: file, none: null }
  const { body, contentType } = encode(value, 'multipart/form-data')
  t.match(contentType, /^multipart\/form-data; boundary=sluice-[0-9a-f]{48}$/)
  t.same(
    { ...((await parseBody(Buffer.from(body), contentType)) as object) },
    { title: 'Grüße\r\n--B', copies: '2', list: ['a', 'b'], doc: { ...file, filename: 'Rechnung %22ä%22.pdf' } }
  )
  t.same(encode(value, 'multipart/form-data'), { body, contentType }, 'a repeated request is the same request')
  t.match(String(encode(value, 'multipart/form-data; boundary=X').body), '--X--')
  t.throws(() => encode(value, 'multipart/form-data; boundary=B'), { message: /contains the boundary/ })
  t.match(
    String(encode({ meta: { a: 1 } }, 'multipart/form-data').body),
    'Content-Type: application/json\r\n\r\n{"a":1}'
  )
})

t.test('parts from a list: text, base64 or json, with a file name and a type', async (t) => {
  const { body, contentType } = encode(
    [
      { name: 'n', text: 'é' },
      { name: 'l', text: 'é', type: 'text/plain; charset=iso-8859-1' },
      { name: 'f', filename: 'a.bin', base64: BASE64 },
      { name: 'j', json: { a: [1] } }
    ],
    undefined,
    'multipart'
  )
  t.same(
    { ...((await parseBody(Buffer.from(body), contentType)) as object) },
    {
      n: 'é',
      l: 'é',
      f: { filename: 'a.bin', contentType: 'application/octet-stream', content: BASE64 },
      j: '{"a":[1]}'
    }
  )
  for (const [part, message] of [
    [{ text: 'x' }, /no name/],
    [{ name: 'a' }, /one of text, base64 and json/],
    [{ name: 'a', text: 'x', json: 1 }, /one of text, base64 and json/],
    [{ name: 'a', text: {} }, /not text/],
    [{ name: 'a', base64: '%%' }, /not base64/],
    [{ name: 'a', text: 'x', type: 'a\r\nb: c' }, /the type of the part a/i],
    [{ name: 'a', text: 'x', charset: 'y' }, /charset/],
    ['x', /no name/]
  ] as const)
    t.throws(() => encode([part], undefined, 'multipart'), { name: 'ContentError', message }, JSON.stringify(part))
  t.throws(() => encode([], 'application/pdf', 'multipart'), { message: /not as application\/pdf/ })
})
