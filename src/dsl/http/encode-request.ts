import { ContentError } from '../../lib/content-error.ts'
import { type BodyForm, encodeContent } from '../../lib/encode-content.ts'
import { scalarText } from '../../lib/exact-number.ts'
import { isFieldName, isFieldValue } from '../../lib/http-fields.ts'
import { isObject, setOwn } from '../../lib/json.ts'
import { flowError } from '../problem.ts'
import { percentEncode } from '../uri-template.ts'

/**
 * Headers with text values under lower-case names. Leaves out null values.
 * @throws FlowError `expression`.
 */
export function encodeHeaders(headers: unknown): Record<string, string> {
  const encoded: Record<string, string> = {}
  for (const [name, value] of members('headers', headers)) {
    if (!isFieldName(name)) throw flowError('expression', `${JSON.stringify(name)} cannot name a header.`)
    const text = scalar(`header ${name}`, value)
    if (!isFieldValue(text))
      throw flowError('expression', `The value of header ${name} has characters that a header cannot hold.`)
    setOwn(encoded, name.toLowerCase(), text)
  }
  return encoded
}

/**
 * Adds parameters to the query of the URL, which stays as it is written; an array adds one parameter per item. Leaves
 * out null values. A space becomes `%20` (RFC 3986), because not every server reads `+` as a space.
 * @throws FlowError `expression`.
 */
export function appendQuery(url: string, query: unknown): string {
  const pairs = members('query', query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (item) => `${percentEncode(name)}=${percentEncode(scalar(`query parameter ${name}`, item))}`
    )
  )
  if (pairs.length === 0) return url
  const joint = !url.includes('?') ? '?' : /[?&]$/.test(url) ? '' : '&'
  return url + joint + pairs.join('&')
}

/**
 * Encodes the body as its Content-Type or the author's `form` says; null is no body.
 * @throws FlowError `expression` for a value that cannot be content of that type.
 */
export function encodeBody(
  body: unknown,
  headers: Record<string, string>,
  form?: BodyForm
): { body: string | Buffer | undefined; headers: Record<string, string> } {
  if (body === null || body === undefined) return { body: undefined, headers }
  try {
    const { body: encoded, contentType } = encodeContent(body, headers['content-type'], form)
    return { body: encoded, headers: { ...headers, 'content-type': contentType } }
  } catch (error) {
    if (error instanceof ContentError) throw flowError('expression', error.message, { cause: error })
    throw error
  }
}

function members(what: string, value: unknown): [string, unknown][] {
  if (value === null || value === undefined) return []
  if (!isObject(value)) throw flowError('expression', `The ${what} of the call must be an object.`)
  return Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
}

function scalar(what: string, value: unknown): string {
  const text = scalarText(value)
  if (text !== undefined) return text
  throw flowError('expression', `The value of ${what} must be a string, number or boolean.`)
}
