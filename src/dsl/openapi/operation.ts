import { type ContentKind, contentKind } from '../../lib/content-kind.ts'
import { mediaTypeOf } from '../../lib/http-fields.ts'
import { isObject, type Json, own } from '../../lib/json.ts'
import { mergeParameters, type Parameter, parameterOfVersion2, parameterOfVersion3 } from './parameter.ts'
import { resolveRefs } from './parse.ts'
import { arrayOf, objectOf, textOf, textsOf } from './values.ts'

/** An operation as calls need it, independent of the version of OpenAPI. */
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

export interface RequestBody {
  readonly contentType: string
  readonly required: boolean
  /** The name of the body, which OpenAPI 2.0 declares. */
  readonly name: string
  /** Members of the body whose text is base64 of bytes. */
  readonly files: ReadonlySet<string>
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']
/** Kinds of content that calls can send, the most expressive first. */
const BODY_KINDS: readonly ContentKind[] = ['json', 'form', 'multipart', 'xml', 'text', 'bytes']
const MULTIPART_TYPE = 'multipart/form-data'
export const FORM_TYPE = 'application/x-www-form-urlencoded'

/**
 * The version of a document.
 * @throws Error with a message for the author if calls do not support the version.
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
 * @throws Error with a message for the author if the document or the operation cannot be used.
 */
export function findOperation(given: unknown, operationId: string, endpoint: string): Operation {
  const version = requireOpenApiVersion(given)
  const document = objectOf(given)
  const { places, repeated, broken } = placesOf(document)
  if (repeated.has(operationId)) throw new Error(`the document has several operations ${JSON.stringify(operationId)}`)
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

interface Places {
  places: ReadonlyMap<unknown, Place>
  /** Ids that several operations have. */
  repeated: ReadonlySet<unknown>
  broken: unknown
}

/**
 * The operations of a document by their id, and why a path of it cannot be read. The document is searched only once,
 * because a flow can call a thousand operations.
 */
const placesOf = remembered((document: Json): Places => {
  const places = new Map<unknown, Place>()
  const repeated = new Set<unknown>()
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
      if (places.has(id)) repeated.add(id)
      else places.set(id, { path, item, method, operation })
    }
  }
  return { places, repeated, broken }
})

/** Remembers the result of `make` for as long as its argument is in memory. */
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
  const consumes = textsOf(own(operation, 'consumes') ?? own(document, 'consumes'))
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
          ? { contentType: formType(declared, consumes), required: false, name: '', files: new Set() }
          : undefined
        : {
            contentType: bodyType(consumes.length === 0 ? ['application/json'] : consumes),
            required: body['required'] === true,
            name: String(body['name']),
            files: new Set()
          },
    accepts: textsOf(own(operation, 'produces') ?? own(document, 'produces'))
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
  const content = objectOf(isObject(body) ? own(body, 'content') : undefined)
  const responses = Object.values(objectOf(own(operation, 'responses'))).map((response) =>
    objectOf(own(objectOf(resolveRefs(document, response)), 'content'))
  )
  return {
    server: trimSlash(new URL(serverUrl(objectOf(servers[0])), endpoint).href),
    parameters: declared.map(parameterOfVersion3),
    body: isObject(body)
      ? {
          contentType: bodyType(Object.keys(content)),
          required: own(body, 'required') === true,
          name: 'body',
          files: filesOf(document, own(objectOf(own(content, bodyType(Object.keys(content)))), 'schema'))
        }
      : undefined,
    accepts: [...new Set(responses.flatMap((content) => Object.keys(content)))]
  }
}

function serverUrl(server: Json): string {
  const variables = objectOf(own(server, 'variables'))
  return textOf(own(server, 'url'), '/').replaceAll(/\{([^{}]*)\}/g, (_, name: string) =>
    textOf(own(objectOf(own(variables, name)), 'default'), '')
  )
}

function bodyType(types: readonly string[]): string {
  for (const kind of BODY_KINDS) {
    const found = types.find((type) => !type.includes('*') && contentKind(mediaTypeOf(type).essence) === kind)
    if (found !== undefined) return found
  }
  throw new Error(
    `the operation takes a body of type ${types.join(', ') || '(none)'}, and none of these can be sent here: ` +
      'use "call: http"'
  )
}

/** The type of a form of OpenAPI 2.0. Files can only be sent in parts. */
function formType(declared: readonly Json[], consumes: readonly string[]): string {
  const hasFile = declared.some((parameter) => parameter['in'] === 'formData' && parameter['type'] === 'file')
  const takes = (type: string): boolean => consumes.some((one) => mediaTypeOf(one).essence === type)
  return hasFile || (takes(MULTIPART_TYPE) && !takes(FORM_TYPE)) ? MULTIPART_TYPE : FORM_TYPE
}

/**
 * Members of a body that are bytes: with `format: binary` (3.0), or with a `contentMediaType` but no `contentEncoding`
 * (3.1).
 */
function filesOf(document: Json, schema: unknown): ReadonlySet<string> {
  const properties = objectOf(own(objectOf(resolveRefs(document, schema)), 'properties'))
  const names = Object.keys(properties).filter((name) => {
    const property = objectOf(resolveRefs(document, properties[name]))
    const item = objectOf(own(property, 'type') === 'array' ? resolveRefs(document, own(property, 'items')) : property)
    const mediaType = own(item, 'contentMediaType')
    return (
      own(item, 'format') === 'binary' ||
      (typeof mediaType === 'string' &&
        own(item, 'contentEncoding') === undefined &&
        contentKind(mediaTypeOf(mediaType).essence) === 'bytes')
    )
  })
  return new Set(names)
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
