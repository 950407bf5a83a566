import { scalarText } from '../../lib/exact-number.ts'
import { isFieldName, isFieldValue, mediaTypeOf } from '../../lib/http-fields.ts'
import { flowError } from '../problem.ts'
import { isObject, setOwn } from '../../lib/json.ts'

const FORM = 'application/x-www-form-urlencoded'

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
 * Adds parameters to the query of the URL; an array adds one parameter per item. Leaves out null values.
 * @throws FlowError `expression`.
 */
export function encodeQuery(url: URL, query: unknown): void {
  for (const [name, value] of members('query', query)) {
    for (const item of Array.isArray(value) ? value : [value])
      url.searchParams.append(name, scalar(`query parameter ${name}`, item))
  }
}

/**
 * Encodes the body: objects and arrays as JSON (as a form where Content-Type says so), text unchanged, null as no body.
 */
export function encodeBody(
  body: unknown,
  headers: Record<string, string>
): { body: string | undefined; headers: Record<string, string> } {
  if (body === null || body === undefined) return { body: undefined, headers }
  const type = headers['content-type']
  if (typeof body === 'string') return { body, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } }
  if (isObject(body) && mediaTypeOf(type).essence === FORM) return { body: form(body), headers }
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}

function form(body: Record<string, unknown>): string {
  const fields = new URLSearchParams()
  for (const [name, value] of members('body', body)) {
    for (const item of Array.isArray(value) ? value : [value]) fields.append(name, scalar(`form field ${name}`, item))
  }
  return fields.toString()
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
