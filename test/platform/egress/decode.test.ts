import t from 'tap'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { contentCodings } from '../../../src/lib/content-coding.ts'
import { decodeBody } from '../../../src/platform/egress/decode.ts'
import { createEgress } from '../../../src/platform/egress/index.ts'
import { startUpstream } from '../../fixtures/upstream.ts'

const LIMITS = { maxResponseBytes: 100_000, maxEncodings: 2 }
const TEXT = Buffer.from('hello '.repeat(1000))

t.test('each coding is undone, in the order they were applied', async (t) => {
  t.same(await decodeBody(gzipSync(TEXT), ['gzip'], LIMITS, 'host'), TEXT)
  t.same(await decodeBody(gzipSync(TEXT), ['x-gzip'], LIMITS, 'host'), TEXT)
  t.same(await decodeBody(deflateSync(TEXT), ['deflate'], LIMITS, 'host'), TEXT)
  t.same(await decodeBody(deflateRawSync(TEXT), ['deflate'], LIMITS, 'host'), TEXT, 'deflate without its zlib header')
  t.same(await decodeBody(brotliCompressSync(TEXT), ['br'], LIMITS, 'host'), TEXT)
  t.same(await decodeBody(zstdCompressSync(TEXT), ['zstd'], LIMITS, 'host'), TEXT)
  t.same(await decodeBody(brotliCompressSync(gzipSync(TEXT)), ['gzip', 'br'], LIMITS, 'host'), TEXT)
  t.same(await decodeBody(TEXT, [], LIMITS, 'host'), TEXT)
  t.same(await decodeBody(Buffer.alloc(0), ['gzip'], LIMITS, 'host'), Buffer.alloc(0), 'no body, as after HEAD')
})

t.test('a Content-Encoding names its codings, identity none', async (t) => {
  t.same(contentCodings(undefined), [])
  t.same(contentCodings('identity'), [])
  t.same(contentCodings(' GZIP , br,,identity'), ['gzip', 'br'])
})

t.test('too_large: a bomb ends at the limit, also one inside another', async (t) => {
  const zeros = Buffer.alloc(50 * 1024 * 1024)
  for (const [coding, bomb] of [
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['zstd', zstdCompressSync(zeros)]
  ] as const) {
    t.ok(bomb.length < LIMITS.maxResponseBytes, `${coding}: ${bomb.length} bytes travel`)
    await t.rejects(
      decodeBody(bomb, [coding], LIMITS, 'host:80'),
      { code: 'too_large', message: 'host:80 answered with more than 100000 bytes' },
      coding
    )
    await t.rejects(
      decodeBody(gzipSync(bomb), [coding, 'gzip'], LIMITS, 'host:80'),
      { code: 'too_large' },
      `${coding} in gzip`
    )
  }
})

t.test('the limit itself may be reached', async (t) => {
  const full = Buffer.alloc(LIMITS.maxResponseBytes, 'x')
  t.equal((await decodeBody(gzipSync(full), ['gzip'], LIMITS, 'host')).length, LIMITS.maxResponseBytes)
  await t.rejects(decodeBody(gzipSync(Buffer.concat([full, full.subarray(0, 1)])), ['gzip'], LIMITS, 'host'), {
    code: 'too_large'
  })
})

t.test('bad_encoding: a body that is not what it says, cut short, or in a coding that is not known', async (t) => {
  for (const coding of ['gzip', 'deflate', 'br', 'zstd'])
    await t.rejects(
      decodeBody(Buffer.from('not compressed at all'), [coding], LIMITS, 'host'),
      { code: 'bad_encoding' },
      coding
    )
  await t.rejects(
    decodeBody(gzipSync(TEXT).subarray(0, 40), ['gzip'], LIMITS, 'host'),
    { code: 'bad_encoding' },
    'cut short'
  )
  await t.rejects(decodeBody(TEXT, ['compress'], LIMITS, 'host'), {
    code: 'bad_encoding',
    message: /content coding that is not supported/
  })
  await t.rejects(decodeBody(TEXT, ['__proto__'], LIMITS, 'host'), { code: 'bad_encoding' })
  await t.rejects(decodeBody(TEXT, ['gzip', 'gzip', 'gzip'], LIMITS, 'host'), {
    code: 'bad_encoding',
    message: /more than 2/
  })
})

t.test('bad_encoding: a zstd frame that asks for a window beyond 8 MiB', async (t) => {
  // Magic, descriptor without content size, window of 2^27 bytes, one raw last block of one byte.
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0x09, 0x00, 0x00, 0x41])
  await t.rejects(decodeBody(frame, ['zstd'], LIMITS, 'host'), { code: 'bad_encoding' })
  const small = Buffer.from(frame)
  small[5] = (20 - 10) << 3
  t.same(
    await decodeBody(small, ['zstd'], LIMITS, 'host'),
    Buffer.from('A'),
    'the same frame with a window of 1 MiB is fine'
  )
})

t.test(
  'over the wire: decoded bodies lose the headers that described the coded ones, and a bomb is named',
  async (t) => {
    const upstream = await startUpstream()
    const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`] })
    t.teardown(async () => {
      await egress.close()
      await upstream.close()
    })
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'gzip,br']) {
      const { body, headers } = await egress.request({
        method: 'GET',
        url: `${upstream.url}/compressed?encoding=${encoding}&bytes=5000`
      })
      t.equal(body.length, 5000, encoding)
      t.notOk('content-encoding' in headers)
      t.notOk('content-length' in headers)
    }
    t.match(upstream.requests[0]?.headers, { 'accept-encoding': 'gzip, deflate, br, zstd' })
    await t.rejects(egress.request({ method: 'GET', url: `${upstream.url}/compressed?bytes=${64 * 1024 * 1024}` }), {
      code: 'too_large'
    })
  }
)
