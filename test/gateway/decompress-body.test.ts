import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import t from 'tap'
import { decompressBody } from '../../src/gateway/decompress-body.ts'

const BODY = Buffer.from('{"a":1}'.repeat(100))
const undo = (body: Buffer, coding: string | undefined, maxBytes = BODY.length): Promise<Buffer> =>
  decompressBody(body, coding, maxBytes)

t.test('each coding is undone, whatever its case, alone or with another', async (t) => {
  t.same(await undo(gzipSync(BODY), 'gzip'), BODY)
  t.same(await undo(gzipSync(BODY), 'GZIP'), BODY)
  t.same(await undo(deflateSync(BODY), 'deflate'), BODY)
  t.same(await undo(deflateRawSync(BODY), 'deflate'), BODY)
  t.same(await undo(brotliCompressSync(BODY), 'br'), BODY)
  t.same(await undo(zstdCompressSync(BODY), 'zstd'), BODY)
  t.same(await undo(brotliCompressSync(gzipSync(BODY)), 'gzip, br'), BODY)
  t.same(await undo(BODY, 'identity'), BODY)
  t.same(await undo(BODY, undefined), BODY)
  t.same(await undo(gzipSync(BODY), 'deflate'), BODY, 'gzip under another name says what it is')
  t.same(await undo(gzipSync(BODY), 'br'), BODY)
})

t.test('413: a body that is too large after decompression, by one byte or by a bomb', async (t) => {
  await t.rejects(undo(gzipSync(BODY), 'gzip', BODY.length - 1), { code: 'payload_too_large' })
  const zeros = Buffer.alloc(50 * 1024 * 1024)
  for (const [coding, bomb] of [
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))]
  ] as const)
    await t.rejects(undo(bomb, coding), { code: 'payload_too_large' }, coding)
})

t.test('400: a broken or cut body; 415 with Accept-Encoding: an unknown coding or too many', async (t) => {
  for (const coding of ['gzip', 'deflate', 'br', 'zstd'])
    await t.rejects(undo(Buffer.alloc(40, 0xff), coding), {
      code: 'invalid_request',
      detail: `The body is not valid ${coding}.`
    })
  await t.rejects(undo(gzipSync(BODY).subarray(0, 20), 'gzip'), { code: 'invalid_request' })
  for (const coding of ['compress', 'aes128gcm', 'gzip, snappy', 'gzip, gzip, gzip'])
    await t.rejects(
      undo(gzipSync(BODY), coding),
      { code: 'unsupported_media_type', headers: { 'Accept-Encoding': 'gzip, deflate, br, zstd' } },
      coding
    )
})
