import type { FlowDocument } from '../dsl/index.ts'
import { isObject, own } from '../lib/json.ts'
import { segmentsOf } from '../listeners/call-path.ts'
import { METHODS, type PublicListener } from '../listeners/listener.ts'
import { schemeOf } from '../listeners/signatures/presets.ts'
import { securityOfListener, securitySchemes, signatureSchemes } from './openapi-security.ts'
import { ProblemSchema } from './schemas.ts'

type Json = Record<string, unknown>

/** Methods whose calls carry a body. */
const WITH_BODY: ReadonlySet<string> = new Set(['post', 'put', 'patch', 'delete'])
/** Headers that OpenAPI describes elsewhere (OpenAPI 3.1, parameter object). */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])
/** The methods in the description of a listener without a list of its own. `HEAD` is answered like `GET`. */
const SHOWN_METHODS = METHODS.filter((method) => method !== 'HEAD')

/** Any query: each member of the object is a parameter of its own. */
const ANY_QUERY = {
  name: 'query',
  in: 'query',
  required: false,
  style: 'form',
  explode: true,
  description: 'Any parameters; the flow reads them as `.query`',
  schema: { type: 'object', additionalProperties: true },
  example: { sku: 'A-100' }
}
const ANY_BODY = {
  required: false,
  description: 'Any body; the flow reads it as `.body`',
  content: {
    'application/json': { schema: {}, example: { sku: 'A-100' } },
    'application/x-www-form-urlencoded': { schema: { type: 'object', additionalProperties: true } },
    'text/plain': { schema: { type: 'string' } },
    'application/octet-stream': { schema: { type: 'string', format: 'binary' } }
  }
}

/** The input of a listener call if its flow does not describe it: any query and any body. */
export function listenerInput(method: string, { parameters = [] }: { parameters?: object[] }): Json {
  return {
    parameters: [...parameters, ANY_QUERY],
    ...(WITH_BODY.has(method) ? { requestBody: ANY_BODY } : {})
  }
}

export interface ListenerApi {
  listener: PublicListener
  /** The document of the published version of its flow. */
  document: FlowDocument
  publicUrl: string
}

/**
 * An OpenAPI 3.1 document of one listener. Its parameters and bodies come from `input.schema` of the flow, whose
 * members are `query`, `body` and `headers`, and from `output.schema`; parts that the flow does not describe accept
 * anything.
 */
export function listenerOpenApi({ listener, document, publicUrl }: ListenerApi): Json {
  const input = schemaOf(document.input?.schema?.document, 'Input')
  const output = schemaOf(document.output?.schema?.document, 'Output')
  const methods = listener.methods ?? SHOWN_METHODS
  const { title, summary, version } = document.document
  const { signature } = listener
  const signatures = signature ? signatureSchemes(signature.preset, schemeOf(signature).headers) : {}
  const used = signature ? Object.keys(signatures).map((name) => ({ [name]: [] })) : securityOfListener(listener.auth)
  const known = { ...securitySchemes(publicUrl), ...signatures }
  const schemes = Object.entries(known).filter(([name]) => used.some((one) => Object.hasOwn(one, name)))
  const problem = Object.fromEntries(Object.entries(ProblemSchema).filter(([keyword]) => keyword !== '$id'))
  return {
    openapi: '3.1.0',
    info: { title: title ?? listener.name, version, ...(summary === undefined ? {} : { description: summary }) },
    servers: [{ url: publicUrl }],
    tags: [{ name: 'listener', description: listener.name }],
    paths: Object.fromEntries(
      urlsOf(listener, publicUrl, input).map(({ path, suffix, parameters }) => [
        path,
        Object.fromEntries(
          methods.map((method) => [
            method.toLowerCase(),
            {
              operationId: nameOf(listener.name, methods.length > 1 ? method : '', suffix),
              summary: listener.name,
              tags: ['listener'],
              security: used,
              ...inputOf(method.toLowerCase(), input, parameters),
              responses: { ...answersOf(listener, output), default: PROBLEM }
            }
          ])
        )
      ])
    ),
    components: {
      securitySchemes: Object.fromEntries(schemes),
      schemas: { ...(input ? { Input: input } : {}), ...(output ? { Output: output } : {}), Problem: problem }
    }
  }
}

const PROBLEM = {
  description: 'The call was refused, or the flow failed (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
}

/** The URLs of a listener below `publicUrl`: by its id and, if it has a path, by its path with parameters. */
function urlsOf(
  { url, path, pathUrl }: PublicListener,
  publicUrl: string,
  input: Json | undefined
): { path: string; suffix: string; parameters: Json[] }[] {
  const byId = { path: url.slice(publicUrl.length), suffix: '', parameters: [] }
  if (path === null || pathUrl === null) return [byId]
  const described = resolve(member(input, 'pathParams').schema, input)
  const properties = described ? own(described, 'properties') : undefined
  const parameters = segmentsOf(path).flatMap((segment) => {
    if ('text' in segment) return []
    const schema = isObject(properties) ? own(properties, segment.parameter) : undefined
    return [{ name: segment.parameter, in: 'path', required: true, schema: schema ?? { type: 'string' } }]
  })
  return [byId, { path: pathUrl.slice(publicUrl.length), suffix: 'byPath', parameters }]
}

/** An operation id that is a valid name in every language, such as `priceLookupGet`. */
function nameOf(name: string, method: string, suffix: string): string {
  const words = name.match(/[A-Za-z][A-Za-z0-9]*/g) ?? ['call']
  return [...words, ...suffix.split(/(?=[A-Z])/), method]
    .map((word) => word.toLowerCase())
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('')
}

function inputOf(method: string, input: Json | undefined, inPath: readonly Json[]): Json {
  const query = member(input, 'query')
  const body = member(input, 'body')
  const parameters = [
    ...inPath,
    ...(query.schema ? parametersOf('query', query) : [ANY_QUERY]),
    ...(member(input, 'headers').schema ? parametersOf('header', member(input, 'headers')) : [])
  ]
  const requestBody = body.schema
    ? { required: body.required, content: { 'application/json': { schema: body.schema } } }
    : ANY_BODY
  return { parameters, ...(WITH_BODY.has(method) ? { requestBody } : {}) }
}

interface Member {
  schema: Json | undefined
  required: boolean
  /** The schema that contains it, for references. */
  root: Json | undefined
}

function member(root: Json | undefined, name: string): Member {
  const properties = root ? own(root, 'properties') : undefined
  const found = isObject(properties) ? own(properties, name) : undefined
  const required = root ? own(root, 'required') : undefined
  return {
    schema: isObject(found) ? found : undefined,
    required: Array.isArray(required) && required.includes(name),
    root
  }
}

function parametersOf(place: 'query' | 'header', { schema, required, root }: Member): Json[] {
  const resolved = resolve(schema, root)
  const properties = resolved ? own(resolved, 'properties') : undefined
  const mandatory = resolved ? own(resolved, 'required') : undefined
  if (!isObject(properties)) return place === 'query' ? [ANY_QUERY] : []
  return Object.entries(properties)
    .filter(([name]) => place === 'query' || !RESERVED_HEADERS.has(name.toLowerCase()))
    .map(([name, property]) => ({
      name,
      in: place,
      required: required && Array.isArray(mandatory) && mandatory.includes(name),
      schema: property
    }))
}

/** Resolves a reference of one step within the schema that was placed as a component. */
function resolve(schema: Json | undefined, root: Json | undefined): Json | undefined {
  const reference = schema ? own(schema, '$ref') : undefined
  if (typeof reference !== 'string') return schema
  const name = /^#\/components\/schemas\/Input\/\$defs\/([^/]+)$/.exec(reference)?.[1]
  const definitions = root ? own(root, '$defs') : undefined
  const found = isObject(definitions) && name !== undefined ? own(definitions, name) : undefined
  return isObject(found) ? found : undefined
}

function answersOf({ mode, respond }: PublicListener, output: Json | undefined): Json {
  const accepted = {
    description: 'The run goes on after this answer',
    headers: { Location: { description: 'Where its state is read', schema: { type: 'string' } } },
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['runId', 'status', 'statusUrl'],
          properties: { runId: { type: 'string' }, status: { type: 'string' }, statusUrl: { type: 'string' } }
        }
      }
    }
  }
  if (mode === 'async') return { 202: accepted }
  if (respond === 'stream')
    return {
      200: {
        description: 'Server-sent events: each event that the run emits by its type, at the end `result` or `error`',
        content: { 'text/event-stream': { schema: { type: 'string' } } }
      }
    }
  // The output names the status, the headers and the body itself.
  if (respond !== 'output')
    return { '2XX': { description: 'The answer of the flow', content: { '*/*': { schema: {} } } } }
  const schema = output ? { $ref: '#/components/schemas/Output' } : {}
  return { 200: { description: 'The output of the flow', content: { 'application/json': { schema } } }, 202: accepted }
}

/**
 * Makes a JSON Schema of the flow a component with this name. Its references to itself are rewritten to the component.
 */
function schemaOf(document: unknown, name: string): Json | undefined {
  if (!isObject(document)) return undefined
  const { $id: _id, $schema: _dialect, ...schema } = document
  return relocated(schema, `#/components/schemas/${name}`) as Json
}

function relocated(value: unknown, to: string): unknown {
  if (Array.isArray(value)) return value.map((item) => relocated(item, to))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' && /^#(?:\/|$)/.test(item)
        ? `${to}${item.slice(1)}`
        : relocated(item, to)
    ])
  )
}
