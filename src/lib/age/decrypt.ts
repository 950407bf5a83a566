import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import {
  AgeError,
  CHUNK_BYTES,
  chunkNonce,
  CIPHER,
  derive,
  FILE_KEY_BYTES,
  passphraseKey,
  PAYLOAD_NONCE_BYTES,
  STANZA_NONCE,
  TAG_BYTES,
  VERSION_LINE
} from './format.ts'

/** With a larger factor, a file could use up all memory before any part of it is verified. */
const WORK_FACTOR_MAX = 20
const HEADER = new RegExp(
  `^(${VERSION_LINE}\\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9]\\d?)\\n([A-Za-z0-9+/]{43})\\n---) ([A-Za-z0-9+/]{43})\\n`
)
/** No header with a single passphrase is longer. */
const HEADER_MAX = 256
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES

/**
 * Decrypts a file of age that has a passphrase as its only recipient. Each chunk is verified before it is returned.
 * @throws AgeError if it is not such a file, the passphrase is wrong, or the file was changed or truncated
 */
export async function* decrypt(sealed: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0)
  let key: Buffer | undefined
  let index = 0
  for await (const piece of sealed) {
    pending = Buffer.concat([pending, piece])
    if (!key) {
      const opened = await readHeader(pending, passphrase)
      if (!opened) continue
      key = opened.key
      pending = pending.subarray(opened.length)
    }
    // One chunk is held back, because the last one is marked and is only known at the end of the file.
    for (; pending.length > SEALED_CHUNK_BYTES; pending = pending.subarray(SEALED_CHUNK_BYTES))
      yield openChunk(key, index++, false, pending.subarray(0, SEALED_CHUNK_BYTES))
  }
  if (!key) throw new AgeError('The file is not encrypted with a key, or it is cut off.')
  yield openChunk(key, index, true, pending)
}

/** @returns undefined as long as the header is incomplete */
async function readHeader(start: Buffer, passphrase: string): Promise<{ key: Buffer; length: number } | undefined> {
  const found = HEADER.exec(start.toString('latin1', 0, HEADER_MAX))
  if (!found) {
    if (start.length < HEADER_MAX && VERSION_LINE.startsWith(start.toString('latin1', 0, VERSION_LINE.length)))
      return undefined
    throw new AgeError('The file is not encrypted with a key.')
  }
  const [whole, text = '', salt = '', factor = '', wrapped = '', mac = ''] = found
  const length = whole.length + PAYLOAD_NONCE_BYTES
  if (start.length < length) return undefined
  if (Number(factor) > WORK_FACTOR_MAX) throw new AgeError('The file asks for more work than any of ours.')
  const wrappingKey = await passphraseKey(passphrase, Buffer.from(salt, 'base64'), Number(factor))
  const fileKey = open(wrappingKey, STANZA_NONCE, Buffer.from(wrapped, 'base64'))
  if (fileKey?.length !== FILE_KEY_BYTES) throw new AgeError('The key does not open this file.')
  const expected = createHmac('sha256', derive(fileKey, Buffer.alloc(0), 'header'))
    .update(text)
    .digest()
  if (!timingSafeEqual(expected, Buffer.from(mac, 'base64'))) throw new AgeError('The header of the file was changed.')
  return { key: derive(fileKey, start.subarray(whole.length, length), 'payload'), length }
}

function openChunk(key: Buffer, index: number, isLast: boolean, sealed: Buffer): Buffer {
  const plain = open(key, chunkNonce(index, isLast), sealed)
  // Only a file without content may have an empty last chunk.
  if (!plain || (plain.length === 0 && index > 0)) throw new AgeError('The file was changed or is cut off.')
  return plain
}

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined
  const at = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(at))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, at)), decipher.final()])
  } catch {
    return undefined
  }
}
