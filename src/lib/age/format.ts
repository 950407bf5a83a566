import { hkdfSync, scrypt } from 'node:crypto'
import { promisify } from 'node:util'

// The file format of age, version 1, with a passphrase as the only recipient: https://age-encryption.org/v1

export const VERSION_LINE = 'age-encryption.org/v1'
const SCRYPT_LABEL = 'age-encryption.org/v1/scrypt'
/** The size of a chunk before its encryption. */
export const CHUNK_BYTES = 64 * 1024
export const TAG_BYTES = 16
export const FILE_KEY_BYTES = 16
export const PAYLOAD_NONCE_BYTES = 16
export const SALT_BYTES = 16
export const CIPHER = 'chacha20-poly1305'
/** All zeros, because each key is derived with a new salt and encrypts only one file key. */
export const STANZA_NONCE = Buffer.alloc(12)
const KEY_BYTES = 32
const BLOCK_SIZE = 8
const BYTES_PER_BLOCK = 128

/** A file that cannot be opened. The message is for people. */
export class AgeError extends Error {
  override readonly name = 'AgeError'
}

/** Derives the key that encrypts the file key from a passphrase. This takes `2^workFactor` KiB of memory. */
export function passphraseKey(passphrase: string, salt: Buffer, workFactor: number): Promise<Buffer> {
  const cost = 2 ** workFactor
  return promisify<string, Buffer, number, object, Buffer>(scrypt)(
    passphrase.normalize('NFC'),
    Buffer.concat([Buffer.from(SCRYPT_LABEL), salt]),
    KEY_BYTES,
    { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 2 * cost * BLOCK_SIZE * BYTES_PER_BLOCK }
  )
}

/** Derives the key for one use of a file key, with HKDF-SHA-256 as the age format defines it. */
export function derive(fileKey: Buffer, salt: Buffer, use: 'header' | 'payload'): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, salt, use, KEY_BYTES))
}

/** The nonce of a chunk: its number, and whether it is the last one, so that truncation is detected. */
export function chunkNonce(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(index, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** Standard base64 without padding. */
export function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
