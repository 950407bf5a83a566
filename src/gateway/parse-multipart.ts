import path from 'node:path'
import { Dicer } from '@fastify/busboy'
import { decodeText } from '../lib/charset.ts'
import { Fault } from '../lib/fault.ts'
import { readDisposition } from '../lib/content-disposition.ts'
import { mediaTypeOf } from '../lib/http-fields.ts'
import { TimeSlice } from '../lib/time-slice.ts'

/** The maximum number of parts in a multipart body. */
export const FORM_PARTS_MAX = 1_000

/** A file of a multipart form in the flow's input. */
export interface FormFile {
  filename: string
  contentType: string
  /** base64 */
  content: string
}

interface RawPart {
  disposition: string | undefined
  type: string | undefined
  bytes: Buffer
}

/** The field with which a form names the charset of its texts (RFC 7578, section 4.6). */
const CHARSET_FIELD = '_charset_'

/**
 * Parses a multipart form (RFC 7578): texts in the charset of their part, files in base64.
 * @throws Fault `invalid_request`
 * @throws CharsetError
 */
export async function parseMultipart(
  bytes: Buffer,
  boundary: string | undefined
): Promise<[string, string | FormFile][]> {
  const parts = (await splitParts(bytes, boundary)).map(({ disposition, type, bytes: content }) => {
    const { name, filename } = readDisposition(disposition)
    if (name === undefined) throw malformed('A part of the form has no name.')
    return { name, filename, type, content }
  })
  const named = parts.find(({ name, filename }) => name === CHARSET_FIELD && filename === undefined)
  const charset = named && named.content.length > 0 ? named.content.toString('latin1') : undefined
  return parts.map(({ name, filename, type, content }) => [
    name,
    filename === undefined
      ? decodeText(content, { charset: mediaTypeOf(type).charset ?? charset })
      : { filename: path.basename(filename), contentType: fileType(type), content: content.toString('base64') }
  ])
}

function fileType(type: string | undefined): string {
  return mediaTypeOf(type).essence || 'text/plain'
}

/** How many bytes of a form are parsed before other work gets a turn: they can contain thousands of parts. */
const FEED_BYTES = 4 * 1024

function splitParts(bytes: Buffer, boundary: string | undefined): Promise<RawPart[]> {
  return new Promise((resolve, reject) => {
    let hasEnded = false
    const fail = (fault = malformed('The body is not a valid multipart form.')): void => {
      hasEnded = true
      reject(fault)
    }
    if (boundary === undefined) return fail()
    const parts: RawPart[] = []
    const parser = new Dicer({ boundary })
    parser.on('part', (stream) => {
      // On every part: an `error` event without a listener would end the process.
      stream.on('error', () => fail())
      if (hasEnded || parts.length === FORM_PARTS_MAX) {
        stream.resume()
        return fail(malformed(`The form has more than ${FORM_PARTS_MAX} parts.`, 'too_many_parts'))
      }
      const part: RawPart = { disposition: undefined, type: undefined, bytes: Buffer.alloc(0) }
      const chunks: Buffer[] = []
      parts.push(part)
      stream.on('header', (header) => {
        const fields = header as Record<string, string[] | undefined>
        part.disposition = fields['content-disposition']?.[0]
        part.type = fields['content-type']?.[0]
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        part.bytes = Buffer.concat(chunks)
      })
    })
    parser.on('error', () => fail())
    parser.on('finish', () => resolve(parts))
    feed(parser, bytes, () => hasEnded).catch(reject)
  })
}

/** Feeds the body to the parser in pieces, and stops if it fails. */
async function feed(parser: Dicer, bytes: Buffer, hasEnded: () => boolean): Promise<void> {
  const slice = new TimeSlice()
  for (let at = 0; at < bytes.length && !hasEnded(); at += FEED_BYTES) {
    await new Promise<void>((resolve) => parser.write(bytes.subarray(at, at + FEED_BYTES), () => resolve()))
    if (slice.isSpent) await slice.yield()
  }
  if (!hasEnded()) parser.end()
}

function malformed(detail: string, why = 'malformed_multipart'): Fault {
  return new Fault('invalid_request', { why, detail })
}
