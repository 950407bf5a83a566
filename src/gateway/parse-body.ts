import { Busboy } from '@fastify/busboy'
import { parseJson as parseJsonText } from '../lib/exact-json.ts'
import { mediaTypeOf } from '../lib/http-fields.ts'
import { Fault } from '../lib/fault.ts'
import { refuseDeepJson } from '../lib/json.ts'
import { hasRiskyEscape, textFaults } from '../lib/unicode.ts'

/** The maximum number of parts in a multipart body. */
export const FORM_PARTS_MAX = 1_000

/** A file of a multipart form in the flow's input. */
export interface FormFile {
  filename: string
  contentType: string
  /** base64 */
  content: string
}

/**
 * Parses the body for the flow: JSON and form types as values, `text/*` as text, all others as base64; null if there is
 * no body.
 * @throws Fault `invalid_request` for a body that does not match its type, `unsupported_media_type` for an encoding or
 * charset that is not supported
 */
export async function parseBody(
  bytes: Buffer | undefined,
  contentType: string | undefined,
  contentEncoding: string | undefined
): Promise<unknown> {
  if (!bytes || bytes.length === 0) return null
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity')
    throw new Fault('unsupported_media_type', {
      why: 'content_encoding',
      detail: 'Send the body without Content-Encoding.'
    })
  const { essence: type, charset } = mediaTypeOf(contentType)
  if (type === 'application/json' || type.endsWith('+json')) return parseJson(bytes)
  if (type === 'application/x-www-form-urlencoded') return parseForm(bytes)
  if (type === 'multipart/form-data') return parseMultipart(bytes, contentType ?? '')
  if (type.startsWith('text/')) return decodeText(bytes, charset)
  return bytes.toString('base64')
}

/**
 * Collects pairs in an object; repeated names become an array. The object has no prototype, because a parameter may
 * have any name.
 */
export function fieldsOf<T>(pairs: Iterable<readonly [string, T]>): Record<string, T | T[]> {
  const fields = Object.create(null) as Record<string, T | T[]>
  for (const [name, value] of pairs) {
    const known = fields[name]
    if (known === undefined) fields[name] = value
    else if (Array.isArray(known)) known.push(value)
    else fields[name] = [known, value]
  }
  return fields
}

function parseJson(bytes: Buffer): unknown {
  const text = decodeText(bytes, 'utf-8')
  refuseDeepJson(text)
  let value: unknown
  try {
    value = parseJsonText(text)
  } catch {
    throw new Fault('invalid_request', { why: 'malformed_json', detail: 'The body is not valid JSON.' })
  }
  const errors = hasRiskyEscape(text) ? textFaults(value) : []
  if (errors.length > 0)
    throw new Fault('invalid_request', {
      why: 'malformed_text',
      detail: 'The body contains text that is not well-formed Unicode.',
      errors
    })
  return value
}

function parseForm(bytes: Buffer): unknown {
  return fieldsOf(new URLSearchParams(decodeText(bytes, 'utf-8')))
}

function parseMultipart(bytes: Buffer, contentType: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const malformed = (): void =>
      reject(
        new Fault('invalid_request', { why: 'malformed_multipart', detail: 'The body is not a valid multipart form.' })
      )
    const pairs: [string, string | FormFile][] = []
    try {
      const parser = new Busboy({
        headers: { 'content-type': contentType },
        limits: { parts: FORM_PARTS_MAX, fieldSize: bytes.length, fileSize: bytes.length }
      })
      parser.on('field', (name, value) => pairs.push([name, value]))
      parser.on('file', (name, stream, filename, _encoding, type) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () =>
          pairs.push([
            name,
            { filename: filename ?? '', contentType: type, content: Buffer.concat(chunks).toString('base64') }
          ])
        )
      })
      parser.on('partsLimit', () =>
        reject(
          new Fault('invalid_request', {
            why: 'too_many_parts',
            detail: `The form has more than ${FORM_PARTS_MAX} parts.`
          })
        )
      )
      parser.on('error', malformed)
      parser.on('finish', () => resolve(fieldsOf(pairs)))
      parser.end(bytes)
    } catch {
      malformed()
    }
  })
}

function decodeText(bytes: Buffer, charset = 'utf-8'): string {
  let decoder
  try {
    decoder = new TextDecoder(charset, { fatal: true })
  } catch {
    throw new Fault('unsupported_media_type', { why: 'charset', detail: 'The charset of the body is not supported.' })
  }
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Fault('invalid_request', { why: 'malformed_text', detail: 'The body is not valid text in its charset.' })
  }
}
