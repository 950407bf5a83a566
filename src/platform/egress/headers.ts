import { HOP_BY_HOP_FIELDS, isFieldName, isFieldValue } from '../../lib/http-fields.ts'
import { EgressError } from './error.ts'

export type EgressHeaders = Readonly<Record<string, string | readonly string[]>>

/** Values by lower-case name. Only several `set-cookie` are a list. */
export type ResponseHeaders = Record<string, string | readonly string[]>

/** Header lines to send: a lower-case name and one value; names may repeat. */
export type HeaderLines = readonly (readonly [name: string, value: string])[]

/**
 * Fields of the connection: framing, routing and hop-by-hop fields (RFC 9110, section 7.6.1). If a caller could set
 * them, they could desynchronize the connection or reach another virtual host than the checked one.
 */
const OURS_ALONE: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP_FIELDS,
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization'
])

const DEFAULT_HEADERS: HeaderLines = [
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br, zstd'],
  ['user-agent', 'sluice']
]

/**
 * The caller's headers as lines, with defaults for `accept`, `accept-encoding` and `user-agent`.
 * @throws {EgressError} `protocol`, naming the header but never its value
 */
export function requestHeaders(headers: EgressHeaders, maxBytes: number): HeaderLines {
  const lines: [string, string][] = []
  const seen = new Set<string>()
  let bytes = 0
  for (const [key, values] of Object.entries(headers)) {
    const name = key.toLowerCase()
    if (!isFieldName(name)) throw new EgressError('protocol', 'A request header has a name that HTTP does not allow')
    if (OURS_ALONE.has(name))
      throw new EgressError('protocol', `The request header ${name} is set by the gateway and cannot be given`)
    if (seen.has(name))
      throw new EgressError('protocol', `The request header ${name} is given twice, in different letter case`)
    seen.add(name)
    for (const value of typeof values === 'string' ? [values] : values) {
      if (!isFieldValue(value))
        throw new EgressError('protocol', `The request header ${name} has a character that HTTP does not allow`)
      bytes += name.length + value.length + ': \r\n'.length
      lines.push([name, value])
    }
  }
  if (bytes > maxBytes) throw new EgressError('too_large', `The request headers are larger than ${maxBytes} bytes`)
  for (const line of DEFAULT_HEADERS) if (!seen.has(line[0])) lines.push([...line])
  return lines
}

/**
 * An answer's headers with lower-case names; repeated ones are joined with a comma (RFC 9110, section 5.3), except
 * `set-cookie`, whose values can contain commas (RFC 6265, section 3) and stay a list. Hop-by-hop fields are removed,
 * and so are `content-encoding` and `content-length` of a decoded body, which they no longer describe.
 */
export function responseHeaders(
  received: Readonly<Record<string, string | string[] | undefined>>,
  decoded: boolean
): ResponseHeaders {
  const headers: ResponseHeaders = Object.create(null)
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || HOP_BY_HOP_FIELDS.has(name)) continue
    if (decoded && (name === 'content-encoding' || name === 'content-length')) continue
    headers[name] = Array.isArray(value) && (name !== 'set-cookie' || value.length === 1) ? value.join(', ') : value
  }
  return headers
}
