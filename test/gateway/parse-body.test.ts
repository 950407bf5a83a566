import t from 'tap'
import { fieldsOf, parseBody } from '../../src/gateway/parse-body.ts'

const parse = (body: string | Buffer, type?: string): Promise<unknown> => parseBody(Buffer.from(body), type)

t.test('a body is what its type says', async (t) => {
  t.same(await parse('{"a":[1]}', 'application/json; charset=utf-8'), { a: [1] })
  t.same(await parse('[]', 'application/vnd.shop+json'), [])
  t.equal(await parse('héllo', 'text/plain'), 'héllo')
  t.equal(await parse(Buffer.from('h\u00e9', 'latin1'), 'text/csv; charset=iso-8859-1'), 'hé')
  t.equal(
    await parse(Buffer.from([0, 255, 128]), 'application/octet-stream'),
    Buffer.from([0, 255, 128]).toString('base64')
  )
  t.equal(await parse('x', undefined), Buffer.from('x').toString('base64'), 'without a type it is bytes')
  t.equal(await parse('', 'application/json'), null)
  t.equal(await parseBody(undefined, 'text/plain'), null)
})

t.test('forms: a name that comes again makes an array, and may be any name', async (t) => {
  t.same(
    { ...((await parse('a=1&b=x+y&a=2&__proto__=p&constructor=c', 'application/x-www-form-urlencoded')) as object) },
    { a: ['1', '2'], b: 'x y', ['__proto__']: 'p', constructor: 'c' }
  )
  t.equal(({} as Record<string, unknown>).p, undefined)
  t.equal(Object.getPrototypeOf(fieldsOf([['__proto__', 'x']])), null)
})

t.test('multipart forms: fields as text, files as base64 with their name and type', async (t) => {
  const body = [
    '--B',
    'Content-Disposition: form-data; name="title"',
    '',
    'Grüße',
    '--B',
    'Content-Disposition: form-data; name="doc"; filename="a.bin"',
    'Content-Type: application/pdf',
    '',
    '\u0001\u0002',
    '--B--',
    ''
  ].join('\r\n')
  t.same(
    { ...((await parse(body, 'multipart/form-data; boundary=B')) as object) },
    { title: 'Grüße', doc: { filename: 'a.bin', contentType: 'application/pdf', content: 'AQI=' } }
  )
})

t.test('400: what is not what its type says', async (t) => {
  for (const [body, type] of [
    ['{', 'application/json'],
    ['{"a":1}x', 'application/json'],
    ['x', 'multipart/form-data'],
    ['--B\r\n', 'multipart/form-data; boundary=B'],
    ['['.repeat(200) + ']'.repeat(200), 'application/json']
  ] as const) {
    await t.rejects(parse(body, type), { code: 'invalid_request' }, `${type}: ${body.slice(0, 20)}`)
  }
  await t.rejects(parse(Buffer.from([0xff, 0xfe, 0x41]), 'text/plain'), { code: 'invalid_request' }, 'not UTF-8')
})

t.test('415: a charset that is not read here', async (t) => {
  await t.rejects(parse('x', 'text/plain; charset=klingon'), { code: 'unsupported_media_type' })
})

t.test('text reaches the flow as text in its charset: XML, ndjson and further types of text', async (t) => {
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
  for (const type of ['application/xml', 'text/xml', 'application/soap+xml', 'application/vnd.sap+xml'])
    t.match(await parse(latin1('<?xml version="1.0" encoding="ISO-8859-1"?><n>é</n>'), type), '<n>é</n>', type)
  t.equal(await parse('{"a":1}\n{"a":2}\n', 'application/x-ndjson'), '{"a":1}\n{"a":2}\n')
  t.equal(await parse('a: é', 'application/yaml'), 'a: é')
  t.same(await parse(latin1('{"n":"é"}'), 'application/json; charset=ISO-8859-1'), { n: 'é' })
  t.same(await parse(Buffer.from('\ufeff{"n":"é"}', 'utf16le'), 'application/json'), { n: 'é' })
  t.equal(await parse('<svg/>', 'image/svg+xml'), '<svg/>')
  t.equal(await parse('x', 'application/json5000'), Buffer.from('x').toString('base64'))
})

t.test('forms: their charset, by the type or by the form itself', async (t) => {
  const form = 'application/x-www-form-urlencoded'
  const plain = async (body: string | Buffer, type: string): Promise<object> => ({
    ...((await parse(body, type)) as object)
  })
  t.same(await plain('n=%E9&m=a%2Bb+c', `${form}; charset=iso-8859-1`), { n: 'é', m: 'a+b c' })
  t.same(await plain('_charset_=windows-1252&n=%80', form), { _charset_: 'windows-1252', n: '€' })
  t.same(await plain('n=%C3%A9&x&=y&100%', form), { n: 'é', x: '', '': 'y', '100%': '' })
  await t.rejects(parse('n=%E9', form), { code: 'invalid_request' }, 'it is not UTF-8')
  await t.rejects(parse('n=x', `${form}; charset=klingon`), { code: 'unsupported_media_type' })
})

t.test('multipart forms: texts in the charset of their part, names in UTF-8, and no part without a name', async (t) => {
  const form = (...parts: string[]): Buffer =>
    Buffer.from(`${parts.map((part) => `--B\r\n${part}\r\n`).join('')}--B--\r\n`, 'latin1')
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1')
  const read = async (...parts: string[]): Promise<object> => ({
    ...((await parse(form(...parts), 'multipart/form-data; boundary="B"')) as object)
  })
  const disposition = 'Content-Disposition: form-data;'
  t.same(await read(`${disposition} name="a"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\u00e9`), {
    a: 'é'
  })
  t.same(await read(`${disposition} name="_charset_"\r\n\r\niso-8859-1`, `${disposition} name="a"\r\n\r\n\u00e9`), {
    _charset_: 'iso-8859-1',
    a: 'é'
  })
  t.match(
    await read(
      utf8(`${disposition} name="ä"; filename="Rechnung ä.pdf"\r\n\r\nx`),
      `${disposition} name=g; filename*=UTF-8''na%C3%AFve.txt\r\n\r\nx`,
      `${disposition} name="h"; filename="C:\\\\dir/a \\"b\\".txt"\r\nContent-Type: text/plain\r\n\r\nx`
    ),
    { ä: { filename: 'Rechnung ä.pdf' }, g: { filename: 'naïve.txt' }, h: { filename: 'a "b".txt' } }
  )
  for (const part of [
    `${disposition.slice(0, -1)}\r\n\r\nx`,
    'Content-Type: text/plain\r\n\r\nx',
    'Content-Disposition: attachment; name="a"\r\n\r\nx'
  ])
    await t.rejects(read(part), { code: 'invalid_request', detail: 'A part of the form has no name.' }, part)
  await t.rejects(read(`${disposition} name="a"\r\n\r\n\u00e9`), { code: 'invalid_request' }, 'a text that is no UTF-8')
  await t.rejects(read(`${disposition} name="\u00e9"\r\n\r\nx`), { code: 'invalid_request' }, 'a name that is no UTF-8')
  const many = Array.from({ length: 1_001 }, (_, index) => `${disposition} name="n${index}"\r\n\r\nx`)
  await t.rejects(read(...many), { code: 'invalid_request', detail: /more than 1000 parts/ })
  t.equal(Object.keys(await read(...many.slice(1))).length, 1_000)
})

t.test('a form has so many fields', async (t) => {
  const type = 'application/x-www-form-urlencoded'
  const most = (await parse('a=%41+b&'.repeat(9_999) + 'b=%zz%4', type)) as Record<string, unknown>
  t.equal((most['a'] as unknown[]).length, 9_999)
  t.same([(most['a'] as unknown[])[0], most['b']], ['A b', '%zz%4'])
  await t.rejects(parse('a&'.repeat(10_000), type), { code: 'invalid_request', why: 'too_many_fields' })
})

t.test('a form of too many parts is refused, wherever it ends', async (t) => {
  // Beyond the thousandth, a part without an end was an event that ended the process.
  const part = '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
  for (const form of [part.repeat(1_500), `${part.repeat(1_500)}--B--`, '--B\r\n'.repeat(100_000)])
    await t.rejects(parse(form, 'multipart/form-data; boundary=B'), {
      code: 'invalid_request',
      why: 'too_many_parts'
    })
  const most = (await parse(`${part.repeat(1_000)}--B--`, 'multipart/form-data; boundary=B')) as { a: string[] }
  t.equal(most.a.length, 1_000)
  await t.rejects(parse(part.repeat(1_000), 'multipart/form-data; boundary=B'), {
    code: 'invalid_request',
    why: 'malformed_multipart'
  })
})
