import { isObject, type Json, own } from '../../lib/json.ts'
import { resolveRefs } from './parse.ts'
import { arrayOf, objectOf, textOf } from './values.ts'

/** A parameter as calls need it, independent of the version of OpenAPI. */
export interface Parameter {
  readonly name: string
  /** `ignored`: a header that OpenAPI describes in other parts of the document. Its value is accepted but not sent. */
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'form' | 'ignored'
  readonly required: boolean
  readonly style: 'simple' | 'label' | 'matrix' | 'form' | 'deepObject'
  readonly explode: boolean
  /** Separates the items of an array that is not exploded. */
  readonly delimiter: ',' | ' ' | '\t' | '|'
  /** Whether the parameter has `content`: its value is sent as JSON text. */
  readonly json: boolean
  /** Whether reserved characters of its value are not encoded (RFC 6570, section 3.2.3). */
  readonly allowReserved: boolean
  /** Whether its value is a file: `{ filename, contentType, content }`, or base64. */
  readonly file: boolean
}

/** Headers that the document describes elsewhere (OpenAPI 3.1, "Parameter Object"). */
const IGNORED_HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

/** The operation's parameters, and those of its path item that the operation does not declare again. */
export function mergeParameters(document: Json, item: Json, operation: Json): Json[] {
  const merged = new Map<string, Json>()
  for (const parameter of [...arrayOf(own(item, 'parameters')), ...arrayOf(own(operation, 'parameters'))]) {
    const resolved = objectOf(resolveRefs(document, parameter))
    if (typeof resolved['name'] !== 'string' || typeof resolved['in'] !== 'string')
      throw new Error('a parameter of the operation has no name or no place')
    merged.set(`${resolved['in']} ${resolved['name']}`, resolved)
  }
  return [...merged.values()]
}

/**
 * Reads a parameter of OpenAPI 2.0, including a field of a form.
 * @throws Error with a message for the author if its place is not known
 */
export function parameterOfVersion2(parameter: Json): Parameter {
  const format = own(parameter, 'collectionFormat') ?? 'csv'
  const place: Parameter['in'] = String(parameter['in']) === 'formData' ? 'form' : placeOf(parameter)
  return {
    name: String(parameter['name']),
    in: place,
    required: parameter['required'] === true,
    style: place === 'query' || place === 'form' ? 'form' : 'simple',
    explode: format === 'multi',
    delimiter: format === 'ssv' ? ' ' : format === 'tsv' ? '\t' : format === 'pipes' ? '|' : ',',
    json: false,
    allowReserved: false,
    file: parameter['type'] === 'file'
  }
}

/**
 * Reads a parameter of OpenAPI 3.0 or 3.1, with the defaults of its `style` and `explode`.
 * @throws Error with a message for the author if its place is not known
 */
export function parameterOfVersion3(parameter: Json): Parameter {
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
    json: isObject(own(parameter, 'content')),
    allowReserved: place === 'query' && own(parameter, 'allowReserved') === true,
    file: false
  }
}

function placeOf(parameter: Json): Exclude<Parameter['in'], 'form'> {
  const place = parameter['in']
  if (place === 'header' && IGNORED_HEADERS.has(String(parameter['name']).toLowerCase())) return 'ignored'
  if (place === 'path' || place === 'query' || place === 'header' || place === 'cookie') return place
  throw new Error(`a parameter of the operation is in ${JSON.stringify(place)}, which is not known here`)
}
