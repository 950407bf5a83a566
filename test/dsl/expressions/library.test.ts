import { createHash, createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { createExpressions, type ScriptJob } from '../../../src/dsl/expressions/expressions.ts'
import { refuses } from './fixtures/refuses.ts'

const expressions = createExpressions({ queueWaitMs: 600_000, scriptTimeoutMs: 20_000, timeoutMs: 60_000 })
t.teardown(() => expressions.close())
const run = async (code: string, given: Partial<ScriptJob> = {}): Promise<unknown> =>
  (await expressions.runScript({ code, arguments: {}, ...given })).output
const refusesScript = (t: Test, code: string, message: RegExp): Promise<void> =>
  refuses(t, () => run(code), { kind: 'runtime', message })

t.test('digests and HMACs are those of the standards, over text as UTF-8 and over bytes', async (t) => {
  const sha = createHash('sha256').update('grüß 🎉\0').digest()
  t.same(await run('[sluice.sha256("grüß 🎉\\0"), sluice.sha256("grüß 🎉\\0", "base64")]'), [
    sha.toString('hex'),
    sha.toString('base64')
  ])
  t.equal(await run('sluice.sha512("a")'), createHash('sha512').update('a').digest('hex'))
  t.equal(
    await run('sluice.sha256(new Uint8Array([0, 255, 128, 10]))'),
    createHash('sha256')
      .update(Buffer.from([0, 255, 128, 10]))
      .digest('hex')
  )
  t.equal(
    await run('sluice.hmac("SHA-1", "key", "data", "base64url")'),
    createHmac('sha1', 'key').update('data').digest('base64url')
  )
  t.equal(
    await run('sluice.hmac("sha256", sluice.hmac("sha256", "key", "2026", "bytes"), "data")'),
    createHmac('sha256', createHmac('sha256', 'key').update('2026').digest()).update('data').digest('hex'),
    'a digest can be the next key'
  )
  await refusesScript(t, 'sluice.hmac("md5", "a", "b")', /one of sha1, sha256, sha384, sha512/)
  await refusesScript(t, 'sluice.sha256("a", "latin1")', /one of hex, base64, base64url, bytes/)
  await refusesScript(t, 'sluice.sha256({ a: 1 })', /neither text nor bytes/)
})

t.test('hex and base64 decode what they encode, as text or bytes, and refuse anything else', async (t) => {
  t.same(await run('[sluice.base64.encode("ü?>"), sluice.base64.encode("ü?>", "base64url"), sluice.hex.encode("ü")]'), [
    'w7w/Pg==',
    'w7w_Pg',
    'c3bc'
  ])
  t.same(
    await run('[sluice.base64.decode("w7w/\\nPg=="), sluice.base64.decode("w7w_Pg"), sluice.hex.decode("C3BC")]'),
    ['ü?>', 'ü?>', 'ü']
  )
  t.same(await run('[...sluice.hex.decode("00ff80", "bytes")]'), [0, 255, 128])
  t.equal(
    await run(`
      const bytes = new Uint8Array(100_000).map((_, index) => index % 256)
      const back = sluice.base64.decode(sluice.base64.encode(bytes), "bytes")
      back.length === bytes.length && back.every((byte, index) => byte === bytes[index])`),
    true
  )
  await refusesScript(t, 'sluice.base64.decode("a*b=")', /not base64/)
  await refusesScript(t, 'sluice.hex.decode("abc")', /not hex/)
  await refusesScript(t, 'sluice.hex.decode("ff")', /not UTF-8/)
})

t.test('timingSafeEqual compares text and bytes of any length', async (t) => {
  t.same(
    await run(`[sluice.timingSafeEqual("a", "a"), sluice.timingSafeEqual("a", "b"), sluice.timingSafeEqual("a", "ab"),
      sluice.timingSafeEqual(new Uint8Array([97]), "a")]`),
    [true, false, false, true]
  )
})

t.test('XML becomes values of text, and values become the same XML', async (t) => {
  const text =
    '<?xml version="1.0"?><order id="7" note="a &amp; &#x42;"><sku>A1</sku><sku>007</sku><empty/>' +
    '<text> kept &lt;b&gt; &#233;<![CDATA[<raw> &amp;]]></text><toString>1.50</toString></order>'
  const value = {
    '?xml': { '@_version': '1.0' },
    order: {
      '@_id': '7',
      '@_note': 'a & B',
      sku: ['A1', '007'],
      empty: '',
      text: ' kept <b> é<raw> &amp;',
      toString: '1.50'
    }
  }
  t.same(await run('sluice.xml.parse(text)', { arguments: { text } }), value)
  t.same(await run('sluice.xml.parse(sluice.xml.format(value))', { arguments: { value } }), value)
  t.same(await run('sluice.xml.parse("<a>\\n  <b>1</b>\\n  <b>  </b>\\n</a>")'), { a: { b: ['1', '  '] } })
  t.equal(
    await run(`sluice.xml.format({ a: { '@_on': true, '@_q': '"<', n: [1.5, 12345678901234567890n], t: "x&y" } })`),
    '<a on="true" q="&quot;&lt;"><n>1.5</n><n>12345678901234567890</n><t>x&amp;y</t></a>'
  )
  t.equal(
    await run('sluice.xml.parse("<a>" + "&amp;".repeat(200_000) + "</a>").a.length'),
    200_000,
    'references are not counted'
  )
})

t.test('XML that is not well-formed, has a DOCTYPE or other entities is refused', async () => {
  await refusesScript(t, 'sluice.xml.parse("<a><b></a>")', /not well-formed XML/)
  await refusesScript(t, 'sluice.xml.parse("<a/><b/>")', /one root element/)
  await refusesScript(t, 'sluice.xml.parse("")', /not well-formed XML/)
  await refusesScript(t, 'sluice.xml.parse("<!DOCTYPE a [<!ENTITY b \\"c\\">]><a>&b;</a>")', /DOCTYPE/)
  await refusesScript(t, 'sluice.xml.parse("<!DOCTYPE a><a/>")', /DOCTYPE/)
  await refusesScript(t, 'sluice.xml.parse("<!doctype a><a/>")', /./)
  await refusesScript(t, 'sluice.xml.parse("<a>&nbsp;</a>")', /&nbsp;.* does not refer to an XML character/)
  await refusesScript(t, 'sluice.xml.parse("<a>&#0;</a>")', /does not refer to an XML character/)
  await refusesScript(t, 'sluice.xml.parse("<a>a & b</a>")', /./)
  await refusesScript(t, 'sluice.xml.parse("<a>".repeat(300) + "</a>".repeat(300))', /nested/i)
  await refusesScript(t, 'sluice.xml.parse("<__proto__><b>1</b></__proto__>")', /__proto__/)
  await refusesScript(t, 'sluice.xml.format({ "a><b": 1 })', /not a name in XML/)
  await refusesScript(t, 'sluice.xml.format({ a: { "@_x y": 1 } })', /not a name in XML/)
  await refusesScript(t, 'sluice.xml.format({ a: 1, b: 2 })', /one member, the root element/)
  await refusesScript(t, 'sluice.xml.format({ a: "\\u0001" })', /XML does not allow/)
})

t.test('CSV follows RFC 4180: quotes, line ends in cells, a byte order mark, a delimiter', async (t) => {
  const text = '\ufeffname,note\r\n"Lamp, big","says ""hi""\r\ntwice"\r\nÜ,\r\n'
  t.same(await run('sluice.csv.parse(text)', { arguments: { text } }), [
    ['name', 'note'],
    ['Lamp, big', 'says "hi"\r\ntwice'],
    ['Ü', '']
  ])
  t.same(await run('sluice.csv.parse(text, { header: true })', { arguments: { text } }), [
    { name: 'Lamp, big', note: 'says "hi"\r\ntwice' },
    { name: 'Ü', note: '' }
  ])
  t.same(await run('sluice.csv.parse("a;b\\n1;2", { delimiter: ";", header: true })'), [{ a: '1', b: '2' }])
  t.same(await run('Object.keys(sluice.csv.parse("__proto__,b\\n1,2", { header: true })[0])'), ['__proto__', 'b'])
  t.equal(
    await run('sluice.csv.format([{ a: 1, b: "x,y" }, { a: true, c: "line\\nend" }, { b: null }])'),
    'a,b,c\r\n1,"x,y",\r\ntrue,,"line\nend"\r\n,,\r\n'
  )
  t.equal(
    await run('sluice.csv.format([[1, "2"], ["\\"", 12345678901234567890n]])'),
    '1,2\r\n"""",12345678901234567890\r\n'
  )
  t.equal(await run('sluice.csv.format([{ a: 1, b: 2 }], { header: ["b"], delimiter: ";" })'), 'b\r\n2\r\n')
  t.equal(await run('sluice.csv.format([{ a: 1 }], { header: false })'), '1\r\n')
  t.same(await run('sluice.csv.parse(sluice.csv.format([["a"], [""], ["b"]]))'), [['a'], [''], ['b']])
  t.same(await run('[sluice.csv.parse(""), sluice.csv.format([])]'), [[], ''])
  await refusesScript(t, 'sluice.csv.parse("a,b\\n1")', /columns length|1/i)
  await refusesScript(t, 'sluice.csv.parse("a,\\"b\\n1")', /quote/i)
  await refusesScript(t, 'sluice.csv.parse("a,a\\n1,2", { header: true })', /names "a" twice/)
  await refusesScript(t, 'sluice.csv.parse("a", { delimiter: "ab" })', /one character/)
  await refusesScript(t, 'sluice.csv.format([{ a: [1] }])', /a cell is a list or an object/)
  await refusesScript(t, 'sluice.csv.format([[1], { a: 1 }])', /all lists, or all objects/)
})

t.test('a URL is taken apart and put together', async (t) => {
  const text = 'https://u:p@shop.example:8443/a%20b/c?q=x%20y&tag=1&tag=2#top'
  t.match(await run('sluice.url.parse(text)', { arguments: { text } }), {
    href: text,
    protocol: 'https:',
    username: 'u',
    password: 'p',
    host: 'shop.example:8443',
    hostname: 'shop.example',
    port: '8443',
    pathname: '/a%20b/c',
    search: '?q=x%20y&tag=1&tag=2',
    query: { q: 'x y', tag: ['1', '2'] },
    hash: '#top'
  })
  t.equal(await run('sluice.url.format(sluice.url.parse(text))', { arguments: { text } }), text)
  t.equal(
    await run('const u = sluice.url.parse(text); u.query.page = 2; u.hash = ""; sluice.url.format(u)', {
      arguments: { text }
    }),
    'https://u:p@shop.example:8443/a%20b/c?q=x+y&tag=1&tag=2&page=2'
  )
  t.equal(
    await run('sluice.url.format({ protocol: "https", hostname: "a.example", pathname: "/x", query: { "a b": "&" } })'),
    'https://a.example/x?a+b=%26'
  )
  await refusesScript(t, 'sluice.url.parse("/relative")', /not an absolute URL/)
  await refusesScript(t, 'sluice.url.format({ pathname: "/x" })', /do not make a URL/)
})

t.test('uuid gives another version 4 UUID each time', async (t) => {
  const [a, b] = (await run('[sluice.uuid(), sluice.uuid()]')) as string[]
  t.match(a, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.not(a, b)
})

t.test('the library is frozen, gives no access to the process, and is hidden by an argument of its name', async (t) => {
  t.equal(await run('sluice', { arguments: { sluice: 'mine' } }), 'mine')
  t.same(
    await run(`
      const paths = [sluice, sluice.xml, sluice.sha256, sluice.csv.parse, sluice.base64.decode("eA==", "bytes")]
      const source = "return typeof process.versions + typeof require"
      const reached = paths.map(value => value.constructor.constructor(source)())
      let error
      try { sluice.xml.parse(1) } catch (caught) { error = caught }
      try { sluice.xml.parse = () => 1 } catch {}
      sluice.extra = 1
      return { reached, ours: error instanceof TypeError, own: error.constructor === TypeError,
        extra: typeof sluice.extra, parse: sluice.xml.parse("<a>1</a>") }`),
    {
      reached: Array(5).fill('undefinedundefined'),
      ours: true,
      own: true,
      extra: 'undefined',
      parse: { a: '1' }
    }
  )
  t.same(
    await run(`
      Object.prototype.toJSON = undefined; JSON.parse = null; Array.prototype.push = null
      String.fromCharCode = null; Reflect.apply = null
      sluice.sha256(new Uint8Array([1]))`),
    createHash('sha256')
      .update(Buffer.from([1]))
      .digest('hex')
  )
  t.same(await run('sluice.xml.parse(\'<a polluted="1"/>\'); typeof ({}).polluted'), 'undefined')
})

t.test('the results of the library are bounded, and its work ends with the time of the script', async (t) => {
  const small = createExpressions({ valueSize: 10_000, scriptTimeoutMs: 2_000, queueWaitMs: 600_000 })
  const fails = (code: string, expected: { kind: 'limit' | 'runtime'; message: RegExp }): Promise<void> =>
    refuses(t, () => small.runScript({ code, arguments: {} }), expected)
  await fails('sluice.base64.encode("x".repeat(20_000))', { kind: 'runtime', message: /larger than 10000 characters/ })
  await fails('for (;;) sluice.sha256("x")', { kind: 'limit', message: /scriptTimeoutMs/ })
  await small.close()
})

t.test('jq has none of these functions, and its error names the library', async (t) => {
  t.match(await expressions.check('.a | sha256', []), { message: /run: script.*sluice\.sha256/ })
  t.equal(await expressions.check('def sha256: 1; sha256', []), undefined)
})
