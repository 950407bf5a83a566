import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { customAlphabet } from 'nanoid'
import { BASE62 } from './ids.ts'

/** The kind of an opaque credential: `slc_` is an API token, `slm_` a management token, `sls_` a session. */
export type OpaquePrefix = 'slc_' | 'slm_' | 'sls_'

export const OPAQUE_LENGTH = 64
const RANDOM_LENGTH = 54
const CHECKED_LENGTH = 58
const random = customAlphabet(BASE62, RANDOM_LENGTH)
const SHAPE = /^sl[cms]_[0-9A-Za-z]{60}$/

/** Creates a credential: prefix, 54 random base62 characters (321 bits) and a checksum of 6. */
export function newOpaque(prefix: OpaquePrefix): string {
  const checked = prefix + random()
  return checked + checksum(checked)
}

/** Whether form and checksum of a credential are right. Any other text is refused without a query. */
export function isOpaque(prefix: OpaquePrefix, text: string): boolean {
  return hasOpaqueShape(prefix, text) && text.endsWith(checksum(text.slice(0, CHECKED_LENGTH)))
}

/** Whether the text has the form of a credential. A mistyped one has it too, with a wrong checksum. */
export function hasOpaqueShape(prefix: OpaquePrefix, text: string): boolean {
  return text.length === OPAQUE_LENGTH && text.startsWith(prefix) && SHAPE.test(text)
}

/** The CRC-32 (IEEE) of ASCII text in base62, six characters, padded on the left with `0`. */
export function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let place = 0; place < 6; place++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** The SHA-256 of a credential in base64. Only this is stored, and records are found by it. */
export function tokenDigest(credential: string): string {
  return hash('sha256', credential, 'base64')
}

/** {@link tokenDigest} as bytes, the form of the database column. */
export function tokenDigestBytes(credential: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(tokenDigest(credential), 'base64'))
}
