import { scalarText } from '../../lib/exact-number.ts'
import { flowError } from '../problem.ts'
import { isObject } from '../../lib/json.ts'
import { percentEncode } from '../uri-template.ts'
import type { Parameter } from './parameter.ts'

/** The value of a path parameter (OpenAPI 3.1, "Style Values"), percent-encoded. */
export function serializeInPath(parameter: Parameter, value: unknown): string {
  const { style, explode, name } = parameter
  const text = (item: unknown): string => percentEncode(scalar(parameter, item))
  if (parameter.json) return percentEncode(JSON.stringify(value))
  if (style === 'matrix') {
    if (Array.isArray(value))
      return explode ? value.map((item) => `;${name}=${text(item)}`).join('') : `;${name}=${value.map(text).join(',')}`
    if (isObject(value))
      return explode
        ? pairs(value)
            .map(([key, item]) => `;${percentEncode(key)}=${text(item)}`)
            .join('')
        : `;${name}=${flat(value, text)}`
    return `;${name}=${text(value)}`
  }
  const joiner = style === 'label' && explode ? '.' : ','
  const lead = style === 'label' ? '.' : ''
  if (Array.isArray(value)) return lead + value.map(text).join(joiner)
  if (isObject(value))
    return (
      lead +
      (explode
        ? pairs(value)
            .map(([key, item]) => `${percentEncode(key)}=${text(item)}`)
            .join(joiner)
        : flat(value, text))
    )
  return lead + text(value)
}

/** The value of a parameter as fields of a form: names and texts, not encoded yet. */
export function serializeAsFields(parameter: Parameter, value: unknown): [string, string][] {
  return fieldsOf(parameter, value, (text) => text, parameter.delimiter)
}

/**
 * The value of a parameter in a query or a cookie, percent-encoded. The delimiter between the items of a list is not
 * encoded as data is (RFC 6570, section 3.2.8), so that an item may contain it.
 */
export function serializeInQuery(parameter: Parameter, value: unknown): string[] {
  const encode = parameter.allowReserved ? encodeUnreserved : percentEncode
  const delimiter = parameter.delimiter === ',' ? ',' : percentEncode(parameter.delimiter)
  return fieldsOf(parameter, value, encode, delimiter).map(([name, text]) => `${name}=${text}`)
}

function fieldsOf(
  parameter: Parameter,
  value: unknown,
  encode: (text: string) => string,
  delimiter: string
): [string, string][] {
  const { style, explode } = parameter
  const name = encode(parameter.name)
  const text = (item: unknown): string => encode(scalar(parameter, item))
  if (parameter.json) return [[name, encode(JSON.stringify(value))]]
  if (Array.isArray(value))
    return explode ? value.map((item) => [name, text(item)]) : [[name, value.map(text).join(delimiter)]]
  if (!isObject(value)) return [[name, text(value)]]
  const members = pairs(value).map(([key, item]): [string, string] => [encode(key), text(item)])
  if (style === 'deepObject') return members.map(([key, item]) => [`${name}${encode('[')}${key}${encode(']')}`, item])
  return explode ? members : [[name, members.flat().join(delimiter)]]
}

/**
 * Encodes what is neither reserved nor unreserved, and leaves escapes as they are (RFC 6570, section 3.2.3). Characters
 * that would end the value within a query are encoded.
 */
function encodeUnreserved(text: string): string {
  return encodeURI(text.toWellFormed())
    .replaceAll(/%25([0-9A-Fa-f]{2})/g, '%$1')
    .replaceAll(/[#&+]/g, percentEncode)
}

/** The value of a header parameter. */
export function serializeAsHeader(parameter: Parameter, value: unknown): string {
  const text = (item: unknown): string => scalar(parameter, item)
  if (parameter.json) return JSON.stringify(value)
  if (Array.isArray(value)) return value.map(text).join(',')
  if (!isObject(value)) return text(value)
  return parameter.explode
    ? pairs(value)
        .map(([key, item]) => `${key}=${text(item)}`)
        .join(',')
    : flat(value, text)
}

function flat(value: Record<string, unknown>, text: (item: unknown) => string): string {
  return pairs(value)
    .flatMap(([key, item]) => [key, text(item)])
    .join(',')
}

function pairs(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
}

function scalar(parameter: Parameter, value: unknown): string {
  const text = scalarText(value)
  if (text !== undefined) return text
  throw flowError(
    'expression',
    `The value of the parameter ${parameter.name} is nested too deep for its style, or is null.`
  )
}
