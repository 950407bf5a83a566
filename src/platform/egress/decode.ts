import { ContentCodingError, decompress } from '../../lib/content-coding.ts'
import { EgressError } from './error.ts'

export interface DecodeLimits {
  maxResponseBytes: number
  maxEncodings: number
}

/**
 * Decodes the body of an answer within the limits.
 * @throws {EgressError} `too_large`, or `bad_encoding` for an unsupported coding, too many codings, or a body that does
 * not match its coding
 */
export async function decodeBody(
  body: Buffer,
  codings: readonly string[],
  { maxResponseBytes, maxEncodings }: DecodeLimits,
  label: string
): Promise<Buffer> {
  try {
    return await decompress(body, codings, { maxBytes: maxResponseBytes, maxCodings: maxEncodings })
  } catch (error) {
    if (!(error instanceof ContentCodingError)) throw error
    if (error.kind === 'too_large') throw tooLarge(label, maxResponseBytes)
    throw new EgressError('bad_encoding', `${label} answered ${REASONS[error.kind](error.coding, maxEncodings)}`, {
      cause: error
    })
  }
}

const REASONS = {
  unsupported: () => 'in a content coding that is not supported',
  too_many: (_coding: string, max: number) => `with more than ${max} content codings`,
  malformed: (coding: string) => `with a body that is not valid ${coding}`
}

/** The error of an answer beyond `maxBytes`. @param label the host and port as the author wrote them */
export function tooLarge(label: string, maxBytes: number): EgressError {
  return new EgressError('too_large', `${label} answered with more than ${maxBytes} bytes`)
}
