import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import {
  base64,
  CHUNK_BYTES,
  chunkNonce,
  CIPHER,
  derive,
  FILE_KEY_BYTES,
  passphraseKey,
  PAYLOAD_NONCE_BYTES,
  SALT_BYTES,
  STANZA_NONCE,
  TAG_BYTES,
  VERSION_LINE
} from './format.ts'

/** Each guess at the passphrase takes 128 MiB and about half a second. */
const WORK_FACTOR = 17

/**
 * Encrypts a stream in the file format of age, which `age --decrypt` reads.
 * @param passphrase decrypts the file again
 * @example
 * await pipeline(source, (plain) => encrypt(plain, passphrase), createWriteStream(file))
 */
export async function* encrypt(plain: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  const fileKey = randomBytes(FILE_KEY_BYTES)
  yield await header(fileKey, passphrase)
  const nonce = randomBytes(PAYLOAD_NONCE_BYTES)
  yield nonce
  const key = derive(fileKey, nonce, 'payload')

  let index = 0
  let pending: Buffer[] = []
  let length = 0
  for await (const piece of plain) {
    pending.push(piece)
    length += piece.length
    // A full chunk is held back until more content arrives, because the last one is marked.
    if (length <= CHUNK_BYTES) continue
    const all = Buffer.concat(pending)
    let at = 0
    for (; all.length - at > CHUNK_BYTES; at += CHUNK_BYTES)
      yield seal(key, chunkNonce(index++, false), all.subarray(at, at + CHUNK_BYTES))
    pending = [all.subarray(at)]
    length = all.length - at
  }
  yield seal(key, chunkNonce(index, true), Buffer.concat(pending))
}

async function header(fileKey: Buffer, passphrase: string): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  const wrapped = seal(await passphraseKey(passphrase, salt, WORK_FACTOR), STANZA_NONCE, fileKey)
  const text = `${VERSION_LINE}\n-> scrypt ${base64(salt)} ${WORK_FACTOR}\n${base64(wrapped)}\n---`
  const mac = createHmac('sha256', derive(fileKey, Buffer.alloc(0), 'header'))
    .update(text)
    .digest()
  return Buffer.from(`${text} ${base64(mac)}\n`)
}

function seal(key: Buffer, nonce: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}
