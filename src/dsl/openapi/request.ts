import { encodeBody, encodeHeaders } from '../http/encode-request.ts'
import type { HttpCall } from '../ports.ts'
import { flowError } from '../problem.ts'
import { setOwn } from '../../lib/json.ts'
import { percentEncode } from '../uri-template.ts'
import { FORM_TYPE, type Operation, type Parameter } from './operation.ts'
import { serializeAsFields, serializeAsHeader, serializeInPath } from './serialize.ts'

const BODY = 'body'

/**
 * Builds the request of an operation from its parameters. A parameter that the operation does not declare is the body
 * (under the name `body`, or the name that OpenAPI 2.0 declares) or a member of the body.
 * @throws FlowError `expression` for a missing or unknown parameter, or a value that its style cannot express.
 */
export function buildRequest(
  operation: Operation,
  given: Readonly<Record<string, unknown>>
): Pick<HttpCall, 'method' | 'url' | 'headers' | 'body'> {
  const values = new Map(Object.entries(given).filter(([, value]) => value !== null && value !== undefined))
  const headers: Record<string, unknown> =
    operation.accepts.length === 0 ? {} : { accept: operation.accepts.join(', ') }
  const form: [string, string][] = []
  const query: [string, string][] = []
  const cookies: string[] = []
  let path = operation.path
  for (const parameter of operation.parameters) {
    const value = values.get(parameter.name)
    values.delete(parameter.name)
    if (value === undefined) {
      if (parameter.required) throw flowError('expression', `The operation needs the parameter ${parameter.name}.`)
    } else if (parameter.in === 'path') {
      path = path.replaceAll(`{${parameter.name}}`, () => pathText(parameter, value))
    } else if (parameter.in === 'query') {
      query.push(...serializeAsFields(parameter, value))
    } else if (parameter.in === 'form') {
      form.push(...serializeAsFields(parameter, value))
    } else if (parameter.in === 'cookie') {
      cookies.push(...serializeAsFields(parameter, value).map(([name, text]) => `${name}=${percentEncode(text)}`))
    } else {
      setOwn(headers, parameter.name, serializeAsHeader(parameter, value))
    }
  }
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ')
  const search = query.map(([name, text]) => `${percentEncode(name)}=${percentEncode(text)}`).join('&')
  const url = `${operation.server}${path}${search === '' ? '' : `?${search}`}`
  const body = form.length > 0 ? new URLSearchParams(form).toString() : bodyOf(operation, values)
  if (body !== undefined && operation.body !== undefined)
    headers['content-type'] = form.length > 0 ? FORM_TYPE : operation.body.contentType
  return { method: operation.method, url: new URL(url).href, ...encodeBody(body, encodeHeaders(headers)) }
}

function pathText(parameter: Parameter, value: unknown): string {
  const text = serializeInPath(parameter, value)
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
  if (rest.size === 1 && (name === BODY || name === body.name)) return rest.get(name)
  if (rest.size > 0) return Object.fromEntries(rest)
  if (body.required) throw flowError('expression', 'The operation needs a body: give it as the parameter "body".')
  return undefined
}
