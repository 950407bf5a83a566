import t from 'tap'
import { decodeText, encodeText } from '../../src/lib/charset.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const utf16be = (text: string): Buffer => utf16(text).swap16()
const xml = (bytes: Uint8Array, charset?: string): string => decodeText(bytes, { charset, isXml: true })

t.test('text is read by its mark, then its parameter, then its XML declaration, else as UTF-8', async (t) => {
  t.equal(decodeText(Buffer.from('Café'), { charset: undefined }), 'Café')
  t.equal(decodeText(latin1('Café'), { charset: 'ISO-8859-1' }), 'Café')
  t.equal(decodeText(Buffer.from('\ufeffCafé'), { charset: 'iso-8859-1' }), 'Café', 'a mark comes before a parameter')
  t.equal(decodeText(utf16('\ufeffCafé'), { charset: undefined }), 'Café')
  t.equal(decodeText(utf16be('\ufeffCafé'), { charset: 'utf-8' }), 'Café')
  t.equal(decodeText(Buffer.from('8141', 'hex'), { charset: 'Shift_JIS' }), '、')
  t.equal(decodeText(Buffer.from('a4', 'hex'), { charset: 'iso-8859-15' }), '€')
  t.match(xml(latin1('<?xml version="1.0" encoding="ISO-8859-1"?><n>Café</n>')), '<n>Café</n>')
  t.match(xml(latin1("<?xml version='1.0'  encoding = 'iso-8859-1' ?><n>Café</n>")), '<n>Café</n>')
  t.match(xml(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><n>Café</n>'), 'utf-8'), '<n>Café</n>')
  t.match(xml(Buffer.from('<?xml version="1.0" encoding="UTF-16"?><n>Café</n>')), '<n>Café</n>', 'it is not UTF-16')
  t.match(xml(utf16('<?xml version="1.0" encoding="UTF-16"?><n>Café</n>')), '<n>Café</n>', 'no mark')
  t.match(xml(utf16be('<?xml version="1.0" encoding="UTF-16"?><n>Café</n>')), '<n>Café</n>', 'no mark')
})

t.test('a byte that is no text in the charset is an error, never another character', async (t) => {
  for (const [bytes, charset] of [
    [latin1('Café'), undefined],
    [latin1('Café'), 'us-ascii'],
    [Buffer.from('ff', 'hex'), 'utf-8'],
    [Buffer.from('82', 'hex'), 'shift_jis'],
    [Buffer.from('d800', 'hex'), 'utf-16be'],
    [Buffer.from('c080', 'hex'), 'utf-8']
  ] as const)
    t.throws(() => decodeText(bytes, { charset }), { name: 'CharsetError', kind: 'malformed' }, String(charset))
  for (const charset of ['klingon', 'utf-32', 'utf-7', 'ibm850', ''])
    t.throws(() => decodeText(Buffer.from('x'), { charset }), { name: 'CharsetError', kind: 'unsupported' }, charset)
  t.throws(
    () => decodeText(Buffer.from('fffe0000', 'hex'), { charset: undefined }),
    { name: 'CharsetError', kind: 'unsupported' },
    'UTF-32'
  )
})

t.test('text is written in its charset, byte for byte', async (t) => {
  t.equal(encodeText('Café', { charset: undefined }), 'Café', 'UTF-8 stays a string')
  t.equal(encodeText('Café', { charset: 'UTF8' }), 'Café')
  t.same(encodeText('Café', { charset: 'ISO-8859-1' }), latin1('Café'))
  t.same(encodeText('a', { charset: 'us-ascii' }), Buffer.from('a'))
  t.same(encodeText('€', { charset: 'windows-1252' }), Buffer.from('80', 'hex'))
  t.same(encodeText('€', { charset: 'iso-8859-15' }), Buffer.from('a4', 'hex'))
  t.same(encodeText('、', { charset: 'shift_jis' }), Buffer.from('8141', 'hex'))
  t.same(encodeText('é', { charset: 'utf-16' }), utf16('\ufeffé'))
  t.same(encodeText('é', { charset: 'utf-16be' }), utf16be('é'))
  const declared = '<?xml version="1.0" encoding="ISO-8859-1"?><n>é</n>'
  t.same(encodeText(declared, { charset: undefined, isXml: true }), latin1(declared))
  t.equal(encodeText(declared, { charset: 'utf-8', isXml: true }), declared, 'the parameter decides')
  t.equal(encodeText(declared, { charset: undefined }), declared, 'other text has no declaration')
})

t.test('a character that the charset does not have is an error', async (t) => {
  for (const [text, charset] of [
    ['€', 'iso-8859-1'],
    ['é', 'us-ascii'],
    ['日', 'windows-1252'],
    ['?日', 'iso-8859-15'],
    ['\ud800', 'utf-8'],
    ['a\udc00', undefined]
  ] as const)
    t.throws(() => encodeText(text, { charset }), { name: 'CharsetError', kind: 'malformed' }, `${text} ${charset}`)
  t.throws(() => encodeText('x', { charset: 'klingon' }), { name: 'CharsetError', kind: 'unsupported' })
  t.throws(
    () => encodeText('x', { charset: 'iso-2022-jp' }),
    { name: 'CharsetError', kind: 'unsupported' },
    'read, but not written'
  )
})
