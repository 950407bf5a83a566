import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { customAlphabet } from 'nanoid'
import { BASE62 } from './ids.ts'

/** What an opaque credential is, by its prefix: an API token or a session. */
export type OpaquePrefix = 'slc_' | 'sls_'

export const OPAQUE_LENGTH = 64
const RANDOM_LENGTH = 54
const CHECKED_LENGTH = 58
const random = customAlphabet(BASE62, RANDOM_LENGTH)
const SHAPE = /^sl[cs]_[0-9A-Za-z]{60}$/

/** A new credential: prefix, 54 random base62 characters (321 bits) and a checksum of 6. */
export function newOpaque(prefix: OpaquePrefix): string {
  const checked = prefix + random()
  return checked + checksum(checked)
}

/** Whether shape and checksum are right: what is not is refused with no database work. */
export function isOpaque(prefix: OpaquePrefix, text: string): boolean {
  return hasOpaqueShape(prefix, text) && text.endsWith(checksum(text.slice(0, CHECKED_LENGTH)))
}

/** Whether it looks like one: a typing slip does, and its checksum is wrong. */
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

/** The SHA-256 of a credential, base64: all that is kept of it, and the key it is looked up by. */
export function tokenDigest(credential: string): string {
  return hash('sha256', credential, 'base64')
}

/** The same as bytes, as the database keeps it. */
export function tokenDigestBytes(credential: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(tokenDigest(credential), 'base64'))
}
