import { encodeBody, encodeHeaders } from '../http/encode-request.ts'
import type { HttpCall } from '../ports.ts'
import { flowError } from '../problem.ts'
import type { BodyForm } from '../../lib/encode-content.ts'
import { isObject, own, setOwn } from '../../lib/json.ts'
import type { Operation, RequestBody } from './operation.ts'
import type { Parameter } from './parameter.ts'
import { serializeAsFields, serializeAsHeader, serializeInPath, serializeInQuery } from './serialize.ts'

const BODY = 'body'

/**
 * Builds the request of an operation from its parameters. A parameter that the operation does not declare is the body
 * (with the name `body`, or the one that OpenAPI 2.0 declares) or a member of the body. If the operation has a name in
 * several places, `path.id` or `query.id` means one of them, and `id` means all that are not given in this way.
 * @throws FlowError `expression` for a missing or unknown parameter, or a value that its style cannot express.
 */
export function buildRequest(
  operation: Operation,
  given: Readonly<Record<string, unknown>>,
  form?: BodyForm
): Pick<HttpCall, 'method' | 'url' | 'headers' | 'body'> {
  const { values, rest } = assignValues(operation, given)
  const headers: Record<string, unknown> =
    operation.accepts.length === 0 ? {} : { accept: operation.accepts.join(', ') }
  const fields: [string, unknown][] = []
  const query: string[] = []
  const cookies: string[] = []
  let path = operation.path
  for (const parameter of operation.parameters) {
    const value = values.get(parameter)
    if (value === undefined) {
      if (parameter.required && parameter.in !== 'ignored')
        throw flowError('expression', `The operation needs the parameter ${parameter.name}.`)
    } else if (parameter.in === 'path') {
      path = path.replaceAll(`{${parameter.name}}`, () => pathText(parameter, value))
    } else if (parameter.in === 'query') {
      query.push(...serializeInQuery(parameter, value))
    } else if (parameter.in === 'form') {
      fields.push(...(parameter.file ? [fileField(parameter.name, value)] : serializeAsFields(parameter, value)))
    } else if (parameter.in === 'cookie') {
      cookies.push(...serializeInQuery(parameter, value))
    } else if (parameter.in === 'header') {
      setOwn(headers, parameter.name, serializeAsHeader(parameter, value))
    }
  }
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ')
  const url = `${operation.server}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`
  const body = fields.length > 0 ? collect(fields) : bodyOf(operation, rest)
  if (body !== undefined && operation.body !== undefined) headers['content-type'] = operation.body.contentType
  return { method: operation.method, url, ...encodeBody(body, encodeHeaders(headers), form) }
}

/** The values of the declared parameters, and the remaining ones for the body. */
function assignValues(
  { parameters, body }: Operation,
  given: Readonly<Record<string, unknown>>
): { values: Map<Parameter, unknown>; rest: Map<string, unknown> } {
  const rest = new Map(Object.entries(given).filter(([, value]) => value !== null && value !== undefined))
  const values = new Map<Parameter, unknown>()
  const taken = new Set<string>()
  for (const parameter of parameters) {
    const shared = parameters.some((other) => other !== parameter && other.name === parameter.name)
    const isBody = body !== undefined && (parameter.name === BODY || parameter.name === body.name)
    const qualified = `${parameter.in}.${parameter.name}`
    const name = (shared || isBody) && rest.has(qualified) ? qualified : isBody ? undefined : parameter.name
    if (name === undefined || !rest.has(name)) continue
    values.set(parameter, rest.get(name))
    taken.add(name)
  }
  for (const name of taken) rest.delete(name)
  return { values, rest }
}

/** Fields by name; the values of a repeated name become a list. */
function collect(fields: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const collected: Record<string, unknown> = {}
  for (const [name, value] of fields) {
    const known = own(collected, name)
    setOwn(collected, name, known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value])
  }
  return collected
}

/** A text is the bytes of a file in base64; any other value describes the file itself. */
function fileField(name: string, value: unknown): [string, unknown] {
  return [name, typeof value === 'string' ? { filename: name, contentType: OCTETS, content: value } : value]
}

const OCTETS = 'application/octet-stream'

function pathText(parameter: Parameter, value: unknown): string {
  const text = serializeInPath(parameter, value)
  if (text === '')
    throw flowError(
      'expression',
      `The parameter ${parameter.name} is empty, which would name another resource: a place in a path needs a value.`
    )
  if (/^\.{1,2}$/.test(text))
    throw flowError(
      'expression',
      `The value of the parameter ${parameter.name} would make a "." or ".." segment of the path.`
    )
  return text
}

function bodyOf({ body }: Operation, rest: ReadonlyMap<string, unknown>): unknown {
  if (body === undefined) {
    const [unknown] = rest.keys()
    if (unknown !== undefined)
      throw flowError('expression', `The operation has no parameter ${unknown} and takes no body.`)
    return undefined
  }
  const [name] = rest.keys()
  if (rest.size === 1 && (name === BODY || name === body.name)) return withFiles(body, rest.get(name))
  if (rest.size > 0) return withFiles(body, Object.fromEntries(rest))
  if (body.required) throw flowError('expression', 'The operation needs a body: give it as the parameter "body".')
  return undefined
}

function withFiles({ files }: RequestBody, value: unknown): unknown {
  if (files.size === 0 || !isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]): [string, unknown] => {
      if (!files.has(name)) return [name, member]
      return [name, Array.isArray(member) ? member.map((item) => fileField(name, item)[1]) : fileField(name, member)[1]]
    })
  )
}
