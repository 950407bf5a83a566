import { pointerTo } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/json.ts'
import { patternSize } from './pattern-size.ts'

/** Keywords whose value is data and not a schema. */
export const DATA_KEYWORDS: ReadonlySet<string> = new Set(['const', 'enum', 'default'])
/** Keywords whose value is an object of schemas or names, with member names that the author chooses. */
export const MAPS: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  'dependencies',
  'dependentRequired',
  '$vocabulary',
  '$defs',
  'definitions'
])
const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef']
const INTO_DATA = /\/(?:const|enum|default)(?:\/|$)/

/** How expensive a schema is to compile. */
export interface SchemaSize {
  /** Members and items, without those of data. */
  values: number
  /** {@link patternSize} of all its patterns. */
  patterns: number
  /** The largest pattern. */
  largest: { pointer: string; size: number } | undefined
  /** Whether a reference may lead into data, where schemas are not measured. */
  leavesSchemas: boolean
}

/** Measures a schema without compiling anything. Takes time linear in its text. */
export function measureSchema(schema: unknown): SchemaSize {
  const size: SchemaSize = { values: 0, patterns: 0, largest: undefined, leavesSchemas: false }

  const pattern = (source: string, pointer: string): void => {
    const found = patternSize(source)
    size.patterns += found
    if (found > (size.largest?.size ?? 0)) size.largest = { pointer, size: found }
  }
  const visit = (node: unknown, pointer: string, isMap: boolean): void => {
    if (Array.isArray(node)) {
      size.values += node.length
      node.forEach((item, index) => visit(item, pointerTo(pointer, index), false))
    }
    if (!isObject(node)) return
    for (const [key, value] of Object.entries(node)) {
      size.values++
      if (!isMap && DATA_KEYWORDS.has(key)) continue
      const at = pointerTo(pointer, key)
      if (!isMap && key === 'pattern' && typeof value === 'string') pattern(value, at)
      if (!isMap && key === 'patternProperties' && isObject(value))
        for (const source of Object.keys(value)) pattern(source, pointerTo(at, source))
      visit(value, at, !isMap && MAPS.has(key))
    }
    for (const key of isMap ? [] : REFERENCES) {
      const target = own(node, key)
      if (typeof target === 'string' && INTO_DATA.test(safeDecode(target))) size.leavesSchemas = true
    }
  }
  visit(schema, '', false)
  return size
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
