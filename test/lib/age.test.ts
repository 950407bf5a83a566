import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { decrypt } from '../../src/lib/age/decrypt.ts'
import { encrypt } from '../../src/lib/age/encrypt.ts'
import { CHUNK_BYTES } from '../../src/lib/age/format.ts'

const KEY = 'correct horse battery staple'
/** By age 1.1.1: `age --passphrase`, with the passphrase below. */
const MADE_BY_AGE =
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBQVUJCeUdsT3lQNFYyT2VHdDk1ZUtRIDE4CnhXWUM1THkvblNlNFVpdEdy' +
  'ZWhKUVhLMnY2eWNUWUZkcGMzNTNvOEpWR0UKLS0tIFg3Q3BWQ1hkRnJpdVY1TkxRWHNFMSs0VmtXY0FPVm9kZWVGME44SStleEEK' +
  'Ug4e/auUtvA08ySphsMnilJAbOiIJTzI+mbe/C3dik2ixgw65OnlXsdPeWI='

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const sealed = (plain: Buffer, size = 50_000): Promise<Buffer> =>
  buffer(Readable.from(encrypt(inPieces(plain, size), KEY)))
const opened = (file: Buffer, key = KEY, size = 40_000): Promise<Buffer> =>
  buffer(Readable.from(decrypt(inPieces(file, size), key)))

t.test('what was sealed opens, whatever its length and however it comes in pieces', async (t) => {
  for (const length of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
    const plain = randomBytes(length)
    const file = await sealed(plain)
    t.ok((await opened(file)).equals(plain), `${length} bytes`)
  }
  const file = await sealed(Buffer.from('small'))
  t.equal(String(await opened(file, KEY, 1)), 'small', 'byte by byte')
})

t.test('a file that age made opens', async (t) => {
  t.equal(String(await opened(Buffer.from(MADE_BY_AGE, 'base64'), 'sluice sluice sluice')), 'made by age\n')
})

t.test('another key, a changed byte, a missing end and other files are refused in a sentence', async (t) => {
  const file = await sealed(randomBytes(2 * CHUNK_BYTES))
  await t.rejects(opened(file, 'another key'), { message: 'The key does not open this file.' })
  const changed = Buffer.from(file)
  changed[file.length - CHUNK_BYTES] = (changed.at(-CHUNK_BYTES) ?? 0) ^ 1
  await t.rejects(opened(changed), { message: 'The file was changed or is cut off.' })
  for (const missing of [1, 16, CHUNK_BYTES + 16])
    await t.rejects(opened(file.subarray(0, -missing)), { message: 'The file was changed or is cut off.' })
  await t.rejects(opened(file.subarray(0, 100)), { message: /cut off/ })
  for (const other of [Buffer.alloc(0), Buffer.from('PK\x03\x04'), randomBytes(1_000)])
    await t.rejects(opened(other), { message: /^The file is not encrypted with a key/ })
})

t.test('a header cannot ask for more memory than ours do', async (t) => {
  const file = await sealed(Buffer.from('small'))
  const greedy = Buffer.concat([Buffer.from(file.toString('latin1').replace(/ 17\n/, ' 30\n'), 'latin1')])
  await t.rejects(opened(greedy), { message: /more work/ })
})
