import { isObject, type Json, own } from '../../lib/json.ts'
import { resolveRefs } from './parse.ts'

/** What a call needs of one operation, for every version of OpenAPI. */
export interface Operation {
  readonly method: string
  /** Absolute, without a trailing slash. */
  readonly server: string
  /** With `{name}` places. */
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: RequestBody | undefined
  /** Media types of the operation's responses, for `Accept`. */
  readonly accepts: readonly string[]
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'form'
  readonly required: boolean
  readonly style: 'simple' | 'label' | 'matrix' | 'form' | 'deepObject'
  readonly explode: boolean
  /** Separates the items of an array that is not exploded. */
  readonly delimiter: ',' | ' ' | '\t' | '|'
  /** The parameter has `content`: its value travels as JSON text. */
  readonly json: boolean
}

export interface RequestBody {
  readonly contentType: string
  readonly required: boolean
  /** OpenAPI 2.0 names the body. */
  readonly name: string
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']
const BODY_TYPES = [/^application\/json$/i, /\+json$/i, /^application\/x-www-form-urlencoded$/i, /^text\//i]
export const FORM_TYPE = 'application/x-www-form-urlencoded'

/**
 * The version of a document.
 * @throws Error with a message for the author where calls do not support the version.
 */
export function requireOpenApiVersion(document: unknown): string {
  if (!isObject(document)) throw new Error('the OpenAPI document is not an object')
  const version = textOf(own(document, 'openapi') ?? own(document, 'swagger'), '')
  if (!/^(?:2\.0|3\.[01]\.\d+)$/.test(version))
    throw new Error(`the document is not OpenAPI 2.0, 3.0 or 3.1 (it says ${JSON.stringify(version.slice(0, 20))})`)
  return version
}

/**
 * Finds an operation in an OpenAPI document of version 2.0, 3.0 or 3.1 and follows references within the document.
 * @throws Error with a message for the author where the document or the operation cannot be used.
 */
export function findOperation(given: unknown, operationId: string, endpoint: string): Operation {
  const version = requireOpenApiVersion(given)
  const document = objectOf(given)
  const { places, broken } = placesOf(document)
  const place = places.get(operationId)
  if (place === undefined) throw broken ?? new Error(`the document has no operation ${JSON.stringify(operationId)}`)
  const { path, item, method, operation } = place
  const declared = mergeParameters(document, item, operation)
  const found =
    version === '2.0'
      ? fromVersion2(document, operation, declared, endpoint)
      : fromVersion3(document, item, operation, declared, endpoint)
  return { method: method.toUpperCase(), path, ...found }
}

interface Place {
  path: string
  item: Json
  method: string
  operation: Json
}

/**
 * The operations of a document by their id, and why a path of it cannot be read. A flow can call a thousand operations:
 * the document is searched once.
 */
const placesOf = remembered((document: Json): { places: ReadonlyMap<unknown, Place>; broken: unknown } => {
  const places = new Map<unknown, Place>()
  let broken: unknown
  for (const [path, given] of Object.entries(objectOf(own(document, 'paths')))) {
    let item: Json
    try {
      item = objectOf(resolveRefs(document, given))
    } catch (error) {
      broken ??= error
      continue
    }
    for (const method of METHODS) {
      const operation = own(item, method)
      if (!isObject(operation)) continue
      const id = own(operation, 'operationId')
      if (!places.has(id)) places.set(id, { path, item, method, operation })
    }
  }
  return { places, broken }
})

/** Keeps what `make` returns as long as its argument is used. */
function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>()
  return (key) => {
    const found = known.get(key) ?? make(key)
    known.set(key, found)
    return found
  }
}

type Described = Omit<Operation, 'method' | 'path'>

function fromVersion2(document: Json, operation: Json, declared: readonly Json[], endpoint: string): Described {
  const base = new URL(endpoint)
  const schemes = arrayOf(own(document, 'schemes')).filter((scheme) => scheme === 'https' || scheme === 'http')
  const scheme = schemes.includes('https') ? 'https' : (schemes[0] ?? base.protocol.slice(0, -1))
  const consumes = texts(own(operation, 'consumes') ?? own(document, 'consumes'))
  const body = declared.find((parameter) => parameter['in'] === 'body')
  const hasForm = declared.some((parameter) => parameter['in'] === 'formData')
  return {
    server: trimSlash(
      `${scheme}://${textOf(own(document, 'host'), base.host)}${textOf(own(document, 'basePath'), '')}`
    ),
    parameters: declared.filter((parameter) => parameter['in'] !== 'body').map(parameterOfVersion2),
    body:
      body === undefined
        ? hasForm
          ? { contentType: FORM_TYPE, required: false, name: '' }
          : undefined
        : {
            contentType: bodyType(consumes.length === 0 ? ['application/json'] : consumes),
            required: body['required'] === true,
            name: String(body['name'])
          },
    accepts: texts(own(operation, 'produces') ?? own(document, 'produces'))
  }
}

function fromVersion3(
  document: Json,
  item: Json,
  operation: Json,
  declared: readonly Json[],
  endpoint: string
): Described {
  const servers =
    [operation, item, document].map((holder) => arrayOf(own(holder, 'servers'))).find((found) => found.length > 0) ?? []
  const body = resolveRefs(document, own(operation, 'requestBody'))
  const responses = Object.values(objectOf(own(operation, 'responses'))).map((response) =>
    objectOf(own(objectOf(resolveRefs(document, response)), 'content'))
  )
  return {
    server: trimSlash(new URL(serverUrl(objectOf(servers[0])), endpoint).href),
    parameters: declared.map(parameterOfVersion3),
    body: isObject(body)
      ? {
          contentType: bodyType(Object.keys(objectOf(own(body, 'content')))),
          required: own(body, 'required') === true,
          name: 'body'
        }
      : undefined,
    accepts: [...new Set(responses.flatMap((content) => Object.keys(content)))]
  }
}

/** The operation's parameters, and those of its path item that the operation does not declare again. */
function mergeParameters(document: Json, item: Json, operation: Json): Json[] {
  const merged = new Map<string, Json>()
  for (const parameter of [...arrayOf(own(item, 'parameters')), ...arrayOf(own(operation, 'parameters'))]) {
    const resolved = objectOf(resolveRefs(document, parameter))
    if (typeof resolved['name'] !== 'string' || typeof resolved['in'] !== 'string')
      throw new Error('a parameter of the operation has no name or no place')
    merged.set(`${resolved['in']} ${resolved['name']}`, resolved)
  }
  return [...merged.values()]
}

function parameterOfVersion2(parameter: Json): Parameter {
  const format = own(parameter, 'collectionFormat') ?? 'csv'
  const place = String(parameter['in']) === 'formData' ? 'form' : placeOf(parameter)
  return {
    name: String(parameter['name']),
    in: place,
    required: parameter['required'] === true,
    style: place === 'query' || place === 'form' ? 'form' : 'simple',
    explode: format === 'multi',
    delimiter: format === 'ssv' ? ' ' : format === 'tsv' ? '\t' : format === 'pipes' ? '|' : ',',
    json: false
  }
}

function parameterOfVersion3(parameter: Json): Parameter {
  const place = placeOf(parameter)
  const style = textOf(own(parameter, 'style'), place === 'query' || place === 'cookie' ? 'form' : 'simple')
  const explode = own(parameter, 'explode')
  return {
    name: String(parameter['name']),
    in: place,
    required: parameter['required'] === true || place === 'path',
    style: style === 'label' || style === 'matrix' || style === 'simple' || style === 'deepObject' ? style : 'form',
    explode: typeof explode === 'boolean' ? explode : style === 'form',
    delimiter: style === 'spaceDelimited' ? ' ' : style === 'pipeDelimited' ? '|' : ',',
    json: isObject(own(parameter, 'content'))
  }
}

function placeOf(parameter: Json): 'path' | 'query' | 'header' | 'cookie' {
  const place = parameter['in']
  if (place === 'path' || place === 'query' || place === 'header' || place === 'cookie') return place
  throw new Error(`a parameter of the operation is in ${JSON.stringify(place)}, which is not known here`)
}

function serverUrl(server: Json): string {
  const variables = objectOf(own(server, 'variables'))
  return textOf(own(server, 'url'), '/').replaceAll(/\{([^{}]*)\}/g, (_, name: string) =>
    textOf(own(objectOf(own(variables, name)), 'default'), '')
  )
}

function bodyType(types: readonly string[]): string {
  for (const pattern of BODY_TYPES) {
    const found = types.find((type) => pattern.test(type.split(';', 1)[0] as string))
    if (found !== undefined) return found
  }
  throw new Error(
    `the operation takes a body of type ${types.join(', ') || '(none)'}, and none of these can be sent here: ` +
      'use "call: http"'
  )
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : otherwise
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {}
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function texts(value: unknown): string[] {
  return arrayOf(value).filter((item) => typeof item === 'string')
}
