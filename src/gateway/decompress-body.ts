import { ACCEPTED_CODINGS, contentCodings, ContentCodingError, decompress } from '../lib/content-coding.ts'
import { Fault } from '../lib/fault.ts'

/** The most content codings of one body. */
const CODINGS_MAX = 2

/**
 * Undoes the Content-Encoding of a body.
 * @param maxBytes the limit of the body after decompression
 * @throws Fault `unsupported_media_type`, `payload_too_large`, `invalid_request`
 */
export async function decompressBody(
  body: Buffer,
  contentEncoding: string | undefined,
  maxBytes: number
): Promise<Buffer> {
  const codings = contentCodings(contentEncoding)
  if (codings.length === 0) return body
  try {
    return await decompress(body, codings, { maxBytes, maxCodings: CODINGS_MAX })
  } catch (error) {
    if (error instanceof ContentCodingError) throw refusalOf(error)
    throw error
  }
}

function refusalOf({ kind, coding }: ContentCodingError): Fault {
  if (kind === 'too_large') return new Fault('payload_too_large', { why: 'decompressed body' })
  if (kind === 'malformed')
    return new Fault('invalid_request', { why: 'malformed_encoding', detail: `The body is not valid ${coding}.` })
  return new Fault('unsupported_media_type', {
    why: 'content_encoding',
    detail:
      kind === 'too_many'
        ? `The body has more than ${CODINGS_MAX} content codings.`
        : 'The Content-Encoding of the body is not supported.',
    // RFC 9110, section 15.5.16
    headers: { 'Accept-Encoding': ACCEPTED_CODINGS }
  })
}
