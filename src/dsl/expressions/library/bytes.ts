import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Answer, Data } from './answer.ts'

const ALGORITHMS = ['sha1', 'sha256', 'sha384', 'sha512']
const ENCODINGS = ['hex', 'base64', 'base64url'] as const
type Encoding = (typeof ENCODINGS)[number]

const BASE64 = /^[A-Za-z0-9+/_-]*$/
const HEX = /^[0-9A-Fa-f]*$/

/** The bytes; of text, its UTF-8 encoding. */
function bytesOf(data: Data): Buffer {
  return 'text' in data ? Buffer.from(data.text, 'utf8') : Buffer.from(data.bytes, 'latin1')
}

/**
 * A digest (FIPS 180-4; RFC 1321 for MD5).
 * @param encoding one of `ENCODINGS`, or `bytes`
 * @throws Error for another encoding
 */
export function digest(algorithm: string, data: Data, encoding: string): Answer {
  return encoded(createHash(algorithm).update(bytesOf(data)).digest(), encoding)
}

/** HMAC (RFC 2104). */
export function hmac(algorithm: string, key: Data, data: Data, encoding: string): Answer {
  const name = String(algorithm).toLowerCase().replace('-', '')
  if (!ALGORITHMS.includes(name)) throw new Error(`the algorithm of hmac must be one of ${ALGORITHMS.join(', ')}`)
  return encoded(createHmac(name, bytesOf(key)).update(bytesOf(data)).digest(), encoding)
}

export function encodeText(data: Data, encoding: string): Answer {
  return encoded(bytesOf(data), encoding)
}

/**
 * Decodes hex or base64 (RFC 4648, either alphabet, with or without padding, white space ignored) to text or bytes.
 * @param as `text` or `bytes`
 * @throws Error for text that is not in this encoding, and for bytes that are not UTF-8 if text is wanted
 */
export function decodeText(text: unknown, encoding: Encoding, as: string): Answer {
  if (typeof text !== 'string') throw new Error(`${encoding}.decode reads text only`)
  const bare = text.replace(/\s+/g, '')
  const bytes = encoding === 'hex' ? fromHex(bare) : fromBase64(bare.replace(/={0,2}$/, ''))
  if (as === 'bytes') return { bytes: bytes.toString('latin1') }
  if (as !== 'text') throw new Error('the second argument must be "text" or "bytes"')
  try {
    return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    throw new Error('the decoded bytes are not UTF-8 text: pass "bytes" as the second argument')
  }
}

/** Compares in a time that depends only on the lengths. */
export function safeEqual(a: Data, b: Data): Answer {
  const [left, right] = [bytesOf(a), bytesOf(b)]
  return { value: left.length === right.length && timingSafeEqual(left, right) }
}

/** A random UUID (RFC 9562, version 4). The journal keeps the result of the script, so a resumed run sees the same. */
export function randomUuid(): Answer {
  return { value: randomUUID() }
}

function encoded(bytes: Buffer, encoding: string): Answer {
  if (encoding === 'bytes') return { bytes: bytes.toString('latin1') }
  if (!(ENCODINGS as readonly string[]).includes(encoding))
    throw new Error(`the encoding must be one of ${ENCODINGS.join(', ')}, bytes`)
  return { value: bytes.toString(encoding as Encoding) }
}

function fromHex(text: string): Buffer {
  if (text.length % 2 === 1 || !HEX.test(text)) throw new Error('the text is not hex')
  return Buffer.from(text, 'hex')
}

function fromBase64(text: string): Buffer {
  if (text.length % 4 === 1 || !BASE64.test(text)) throw new Error('the text is not base64')
  return Buffer.from(text, 'base64url')
}
