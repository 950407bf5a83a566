import t from 'tap'
import { fieldsOf, parseBody } from '../../src/gateway/parse-body.ts'

const parse = (body: string | Buffer, type?: string, encoding?: string): Promise<unknown> =>
  parseBody(Buffer.from(body), type, encoding)

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
  t.equal(await parseBody(undefined, 'text/plain', undefined), null)
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

t.test('415: an encoding or a charset that is not read here', async (t) => {
  await t.rejects(parse('x', 'application/json', 'gzip'), { code: 'unsupported_media_type' })
  await t.rejects(parse('x', 'text/plain; charset=klingon'), { code: 'unsupported_media_type' })
})
