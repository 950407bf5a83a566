import { promisify } from 'node:util'
import { brotliDecompress, constants, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'

/** The supported codings, in the form of `Accept-Encoding`. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br, zstd'

/** Content that cannot be decoded. */
export class ContentCodingError extends Error {
  override readonly name = 'ContentCodingError'
  readonly kind: 'unsupported' | 'malformed' | 'too_large' | 'too_many'
  readonly coding: string

  constructor(kind: ContentCodingError['kind'], coding: string, cause?: unknown) {
    super(`The content coding ${coding}: ${kind}`, { cause })
    this.kind = kind
    this.coding = coding
  }
}

export interface DecompressionLimits {
  /** The most bytes of the output of each step. */
  maxBytes: number
  /** The most codings of one body (`Content-Encoding: gzip, br` has two). */
  maxCodings: number
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
  // RFC 9110, section 8.4.1.2: `deflate` means the zlib format, but some senders use the bare stream.
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
 * Decodes a body, last coding first, and stops as soon as the output of a step exceeds the limit. The cost of a
 * decompression bomb is bounded by that limit, not by its expanded size.
 * @throws ContentCodingError
 */
export async function decompress(
  body: Buffer,
  codings: readonly string[],
  { maxBytes, maxCodings }: DecompressionLimits
): Promise<Buffer> {
  if (body.length === 0 || codings.length === 0) return body
  const unknown = codings.find((coding) => !DECODERS.has(coding))
  if (unknown !== undefined) throw new ContentCodingError('unsupported', unknown)
  if (codings.length > maxCodings) throw new ContentCodingError('too_many', codings.join(', '))
  let decoded = body
  for (const coding of codings.toReversed()) {
    try {
      decoded = await decodeOne(decoded, coding, maxBytes)
    } catch (error) {
      throw new ContentCodingError(error instanceof RangeError ? 'too_large' : 'malformed', coding, error)
    }
  }
  return decoded
}

/**
 * Some senders compress with gzip although they name another coding. The first bytes of a body show whether it is gzip.
 */
async function decodeOne(body: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  try {
    return await (DECODERS.get(coding) as Decoder)(body, maxBytes)
  } catch (error) {
    if (error instanceof RangeError || !isGzip(body)) throw error
    return gzip(body, maxBytes)
  }
}

/** RFC 1952, section 2.3.1. */
function isGzip(body: Buffer): boolean {
  return body.length >= 2 && body.readUInt16BE(0) === 0x1f8b
}

/** RFC 1950, section 2.2: compression method 8, and a check value that makes the first two bytes a multiple of 31. */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}
