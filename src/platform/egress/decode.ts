import { promisify } from 'node:util'
import { brotliDecompress, constants, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'
import { EgressError } from './error.ts'

export interface DecodeLimits {
  maxResponseBytes: number
  maxEncodings: number
}

type Decoder = (body: Buffer, maxOutputLength: number) => Promise<Buffer>

/** RFC 9659 limits a sender's window to 8 MiB, so that a short frame cannot demand a large buffer. */
const ZSTD_WINDOW_LOG_MAX = 23

const unzip = promisify(gunzip)
const unzlib = promisify(inflate)
const unraw = promisify(inflateRaw)
const unbrotli = promisify(brotliDecompress)
const unzstd = promisify(zstdDecompress)

const gzip: Decoder = (body, maxOutputLength) => unzip(body, { maxOutputLength })

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  // RFC 9110, section 8.4.1.2: `deflate` means the zlib format, but some servers send the bare stream.
  ['deflate', (body, maxOutputLength) => (hasZlibHeader(body) ? unzlib : unraw)(body, { maxOutputLength })],
  ['br', (body, maxOutputLength) => unbrotli(body, { maxOutputLength })],
  [
    'zstd',
    (body, maxOutputLength) =>
      unzstd(body, { maxOutputLength, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } })
  ]
] as const)

/** The codings of a `Content-Encoding` header in the order of their application, without `identity`. */
export function contentCodings(contentEncoding: string | undefined): readonly string[] {
  if (contentEncoding === undefined) return []
  return contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
}

/**
 * Decodes the body, last coding first, and stops as soon as the output of a step exceeds the limit. The cost of a
 * decompression bomb is bounded by that limit, not by its expanded size.
 * @throws {EgressError} `too_large`, or `bad_encoding` for an unsupported coding, too many codings, or a body that does
 * not match its coding
 */
export async function decodeBody(
  body: Buffer,
  codings: readonly string[],
  limits: DecodeLimits,
  label: string
): Promise<Buffer> {
  if (body.length === 0 || codings.length === 0) return body
  if (codings.length > limits.maxEncodings)
    throw new EgressError('bad_encoding', `${label} answered with more than ${limits.maxEncodings} content codings`)
  let decoded = body
  for (const coding of codings.toReversed()) {
    const decode = DECODERS.get(coding)
    if (decode === undefined)
      throw new EgressError('bad_encoding', `${label} answered in a content coding that is not supported`)
    try {
      decoded = await decode(decoded, limits.maxResponseBytes)
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge(label, limits.maxResponseBytes)
      throw new EgressError('bad_encoding', `${label} answered with a body that is not valid ${coding}`, {
        cause: error
      })
    }
  }
  return decoded
}

export function tooLarge(label: string, maxBytes: number): EgressError {
  return new EgressError('too_large', `${label} answered with more than ${maxBytes} bytes`)
}

/** RFC 1950, section 2.2: compression method 8, and a check value that makes the first two bytes a multiple of 31. */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}
