import { CharsetError, decodeText } from '../lib/charset.ts'
import { contentKind } from '../lib/content-kind.ts'
import { parseJson as parseJsonText } from '../lib/exact-json.ts'
import { Fault } from '../lib/fault.ts'
import { hasMorePairs, decodeForm } from '../lib/form-encoding.ts'
import { mediaTypeOf } from '../lib/http-fields.ts'
import { refuseDeepJson } from '../lib/json.ts'
import { hasRiskyEscape, textFaults } from '../lib/unicode.ts'
import { parseMultipart } from './parse-multipart.ts'

/** The maximum number of fields in a form without files. */
export const FORM_FIELDS_MAX = 10_000

/**
 * Parses the body for the flow: JSON and forms become values, text is decoded from its declared charset, everything
 * else becomes base64; null if there is no body.
 * @param bytes the body after Content-Encoding was undone
 * @throws Fault `invalid_request` for a body that does not match its type, `unsupported_media_type` for a charset that
 *   is not supported
 */
export async function parseBody(bytes: Buffer | undefined, contentType: string | undefined): Promise<unknown> {
  if (!bytes || bytes.length === 0) return null
  const { essence, charset, boundary } = mediaTypeOf(contentType)
  const kind = contentKind(essence)
  try {
    switch (kind) {
      case 'json':
        return parseJson(decodeText(bytes, { charset }))
      case 'form':
        return parseForm(bytes, charset)
      case 'multipart':
        return fieldsOf(await parseMultipart(bytes, boundary))
      case 'text':
        return decodeText(bytes, { charset })
      case 'xml':
        return decodeText(bytes, { charset, isXml: true })
      default:
        return bytes.toString('base64')
    }
  } catch (error) {
    if (error instanceof CharsetError) throw refusalOf(error)
    throw error
  }
}

function parseForm(bytes: Buffer, charset: string | undefined): unknown {
  if (hasMorePairs(bytes, FORM_FIELDS_MAX))
    throw new Fault('invalid_request', {
      why: 'too_many_fields',
      detail: `The form has more than ${FORM_FIELDS_MAX} fields.`
    })
  return fieldsOf(decodeForm(bytes, charset))
}

function refusalOf({ kind, message }: CharsetError): Fault {
  return kind === 'unsupported'
    ? new Fault('unsupported_media_type', { why: 'charset', detail: `The body ${message}.` })
    : new Fault('invalid_request', { why: 'malformed_text', detail: `The body ${message}.` })
}

/**
 * Collects pairs in an object; the values of a repeated name become an array. The object has no prototype, because a
 * parameter may have any name.
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

function parseJson(text: string): unknown {
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
