import type { SIGNATURE_ALGORITHMS } from './settings.ts'

export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The signatures of a call, and what they cover. */
export interface SentSignature {
  /** Several where a sender signs with the old and the new secret during a rotation. */
  signatures: readonly Buffer[]
  /** What was signed, in order; `body` stands for the bytes of the body. */
  parts: readonly (Buffer | 'body')[]
  /** When it was signed, in milliseconds since 1970; undefined if the scheme does not sign a time. */
  at: number | undefined
  /** The id of the delivery, which is the same when it is sent again; undefined if only its signature identifies it. */
  deliveryId: string | undefined
}

/** How senders of one kind sign. */
export interface SignatureScheme {
  /** The lower-case names that the header with the signature may have, the preferred one first. */
  headers: readonly [string, ...string[]]
  algorithm: (typeof SIGNATURE_ALGORITHMS)[number]
  /** Decodes a secret into a key; undefined if it is not a secret of this scheme. */
  keyOf(secret: string): Buffer | undefined
  /** Reads the headers of a call that has one of {@link SignatureScheme.headers}; undefined if they are malformed. */
  read(headers: Headers): SentSignature | undefined
}

/** A header that was sent once. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

/** The bytes of a signed part that was sent in a header. Node decodes headers as Latin-1. */
export function signedPart(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Decodes a signature; undefined for text that is not in this encoding. */
export function decodeSignature(text: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  const isEncoded = encoding === 'hex' ? /^(?:[0-9a-f]{2})+$/i : /^[A-Za-z0-9+/]+={0,2}$/
  return isEncoded.test(text) ? Buffer.from(text, encoding) : undefined
}

/** Numbers from here on are milliseconds: as seconds they would be a time after the year 5000. */
const MILLISECONDS_FROM = 1e11
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/**
 * Reads a time as seconds or milliseconds since 1970, or in RFC 3339.
 * @returns milliseconds; undefined for other text
 */
export function timeOfText(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text) < MILLISECONDS_FROM ? Number(text) * 1000 : Number(text)
  const time = RFC_3339.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
