/**
 * The globals of `run: script`, for editors: name this file in a `/// <reference path="scripts.d.ts" />` comment, or in
 * the `types` of a jsconfig.json.
 */

/** Text counts as its bytes in UTF-8. */
type SluiceData = string | Uint8Array | ArrayBuffer
type SluiceEncoding = 'hex' | 'base64' | 'base64url'

interface SluiceUrl {
  href: string
  /** With its colon: `https:`. */
  protocol: string
  username: string
  password: string
  /** `hostname`, with `port` where there is one. */
  host: string
  hostname: string
  port: string
  pathname: string
  /** With its question mark; empty where there is no query. */
  search: string
  /** The parameters, decoded. One that repeats is a list. */
  query: Record<string, string | string[]>
  hash: string
}

/** Pure functions. A mistake in what they are given throws a `TypeError` that says which. */
declare const sluice: {
  readonly sha256: {
    (data: SluiceData, encoding?: SluiceEncoding): string
    (data: SluiceData, encoding: 'bytes'): Uint8Array
  }
  readonly sha512: {
    (data: SluiceData, encoding?: SluiceEncoding): string
    (data: SluiceData, encoding: 'bytes'): Uint8Array
  }
  readonly hmac: {
    (
      algorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512',
      key: SluiceData,
      data: SluiceData,
      encoding?: SluiceEncoding
    ): string
    (
      algorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512',
      key: SluiceData,
      data: SluiceData,
      encoding: 'bytes'
    ): Uint8Array
  }
  readonly base64: {
    encode(data: SluiceData, variant?: 'base64' | 'base64url'): string
    /** Takes either alphabet, with or without padding. Throws where the bytes are not UTF-8. */
    decode(text: string, as?: 'text'): string
    decode(text: string, as: 'bytes'): Uint8Array
  }
  readonly hex: {
    encode(data: SluiceData): string
    /** Throws where the bytes are not UTF-8. */
    decode(text: string, as?: 'text'): string
    decode(text: string, as: 'bytes'): Uint8Array
  }
  /** Compares without telling by its time where the two differ. */
  timingSafeEqual(a: SluiceData, b: SluiceData): boolean
  readonly xml: {
    /** Attributes are `@_name`, text beside other things is `#text`, and every value is text. */
    parse(text: string): Record<string, unknown>
    format(value: Record<string, unknown>): string
  }
  readonly csv: {
    parse(text: string, options: { header: true; delimiter?: string }): Record<string, string>[]
    parse(text: string, options?: { header?: false; delimiter?: string }): string[][]
    format(
      rows: readonly (readonly unknown[])[] | readonly Record<string, unknown>[],
      options?: { header?: boolean | readonly string[]; delimiter?: string }
    ): string
  }
  readonly url: {
    parse(text: string): SluiceUrl
    format(parts: {
      [part in Exclude<keyof SluiceUrl, 'query' | 'port'>]?: string
    } & { port?: string | number; query?: Record<string, unknown> }): string
  }
  /** A random UUID of version 4. A resumed run sees the one that was recorded. */
  uuid(): string
}
