import t from 'tap'
import { HOP_BY_HOP_FIELDS, isFieldName, isFieldValue, mediaTypeOf } from '../../src/lib/http-fields.ts'

t.test('a field name is a token', async (t) => {
  for (const name of ['a', 'X-Request-Id', "!#$%&'*+.^_`|~09"]) t.ok(isFieldName(name), name)
  for (const name of ['', 'a b', 'a:', 'a\n', '\u00e4', 'a/b', '(a)']) t.notOk(isFieldName(name), JSON.stringify(name))
})

t.test('a field value is one line of Latin-1', async (t) => {
  for (const value of ['', 'a b\tc', '\u00e4', '"quoted"']) t.ok(isFieldValue(value), JSON.stringify(value))
  for (const value of ['a\nb', 'a\r', '\0', '\x7f', '\u0100', '\u{1f600}'])
    t.notOk(isFieldValue(value), JSON.stringify(value))
})

t.test('the fields of one connection are known in lower case', async (t) => {
  for (const name of HOP_BY_HOP_FIELDS) t.equal(name, name.toLowerCase())
})

t.test('a Content-Type gives its media type and charset', async (t) => {
  const cases: [header: string | undefined, essence: string, charset?: string, boundary?: string][] = [
    [undefined, ''],
    [' ', ''],
    ['application/json', 'application/json'],
    ['Application/Problem+JSON ; Charset=UTF-8', 'application/problem+json', 'UTF-8'],
    ['text/plain; charset="iso-8859-1"', 'text/plain', 'iso-8859-1'],
    ['text/plain; a="; charset=x"; charset=utf-8', 'text/plain', 'utf-8'],
    ['multipart/form-data; boundary=x', 'multipart/form-data', undefined, 'x'],
    ['application/json, application/json', 'application/json'],
    ['application/json, application/json; charset=utf-8', 'application/json', 'utf-8'],
    ['text/csv; a="x,y", text/csv; charset=l1', 'text/csv', 'l1'],
    ['text/plain;', 'text/plain'],
    ['json', 'application/octet-stream'],
    ['text/plain,, text/plain', 'text/plain'],
    [`text/plain;${' '.repeat(900)}charset=l1`, 'text/plain', 'l1'],
    [`text/plain; a="${' '.repeat(900)}"; charset=l1`, 'text/plain', 'l1'],
    // Longer than any: its blanks, and the commas of a list, took a time that grew with their square.
    [`text/plain;${' '.repeat(80_000)}charset=l1`, 'application/octet-stream'],
    [','.repeat(80_000), 'application/octet-stream'],
    ['application/json, text/html', 'application/octet-stream']
  ]
  for (const [header, essence, charset, boundary] of cases)
    t.same(mediaTypeOf(header), { essence, charset, boundary }, String(header))
})
