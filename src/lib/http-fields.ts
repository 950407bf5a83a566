import { MIMEType } from 'node:util'

/** `token` (RFC 9110, section 5.6.2), the grammar of field names (section 5.1). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** RFC 9110, section 5.5: visible characters, space and tab, and beyond ASCII Latin-1 with one byte per character. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/

/** Whether HTTP allows a field of this name. */
export function isFieldName(name: string): boolean {
  return TOKEN.test(name)
}

/** Whether HTTP allows this field value: a line break in it would start another field. */
export function isFieldValue(value: string): boolean {
  return VALUE.test(value)
}

/** Fields that concern a single connection and are not forwarded (RFC 9110, section 7.6.1), in lower case. */
export const HOP_BY_HOP_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade'
])

/** A field as one text: repeated lines joined with a comma (RFC 9110, section 5.3). */
export function fieldText(value: string | readonly string[] | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : value.join(', ')
}

export interface MediaType {
  /** For example `application/json`, in lower case; empty if there is no Content-Type. */
  essence: string
  /** The `charset` parameter as it is written. */
  charset: string | undefined
  /** The `boundary` parameter of a multipart type. */
  boundary: string | undefined
}

/**
 * Reads a Content-Type (RFC 9110, section 8.3). If the field was sent several times with the same type, it is that
 * type. A value that is not a media type is read as `application/octet-stream`.
 *
 * @example
 * mediaTypeOf('Text/Plain; charset="utf-8"') // { essence: 'text/plain', charset: 'utf-8', boundary: undefined }
 */
export function mediaTypeOf(contentType: string | undefined): MediaType {
  if (contentType === undefined || contentType.trim() === '') return mediaType('')
  if (contentType.length > MEDIA_TYPE_MAX_CHARS) return UNKNOWN
  // Runs of blanks are shortened first, because Node's parser takes quadratic time for them.
  const text = contentType.replace(QUOTED_OR_BLANKS, (_, quoted: string | undefined) => quoted ?? ' ')
  const read = parseMediaType(text)
  if (read) return read
  const [first = UNKNOWN, ...others] = (text.match(WITHOUT_COMMA) ?? []).map((one) => parseMediaType(one) ?? UNKNOWN)
  if (others.some(({ essence }) => essence !== first.essence)) return UNKNOWN
  return {
    ...first,
    charset: first.charset ?? others.find(({ charset }) => charset !== undefined)?.charset,
    boundary: first.boundary ?? others.find(({ boundary }) => boundary !== undefined)?.boundary
  }
}

/** The longest Content-Type that is parsed: a form can have a thousand parts, each with a field of 80 KB. */
const MEDIA_TYPE_MAX_CHARS = 1_000
const QUOTED_OR_BLANKS = /("(?:[^"\\]|\\.)*"?)|[\t ]+/g
/** An item of a comma-separated list. Commas within quotes belong to the item. */
const WITHOUT_COMMA = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g
const UNKNOWN = mediaType('application/octet-stream')

function parseMediaType(text: string): MediaType | undefined {
  try {
    const { essence, params } = new MIMEType(text)
    return { essence, charset: params.get('charset') ?? undefined, boundary: params.get('boundary') ?? undefined }
  } catch {
    return undefined
  }
}

function mediaType(essence: string): MediaType {
  return { essence, charset: undefined, boundary: undefined }
}
