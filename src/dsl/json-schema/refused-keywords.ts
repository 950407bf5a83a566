import { isObject, own } from '../../lib/json.ts'
import { FORMATS } from './engine.ts'

/** Members that hold data or names, and not schemas. */
const DATA = new Set(['const', 'enum', 'default', 'examples', 'example'])
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'])

const REFUSED: Readonly<Record<string, string>> = {
  $dynamicRef: 'write $ref',
  $dynamicAnchor: 'write $anchor',
  $recursiveRef: 'write $ref',
  $recursiveAnchor: 'write $anchor',
  unevaluatedItems: 'write items: false after prefixItems'
}

/**
 * Says why a schema is refused that uses something which would be checked wrongly or not at all; undefined if it does
 * not. For these keywords, the engine differs from the specification in corner cases.
 */
export function refusedKeyword(schema: unknown): string | undefined {
  if (Array.isArray(schema)) return first(schema, refusedKeyword)
  if (!isObject(schema)) return undefined
  for (const [keyword, instead] of Object.entries(REFUSED))
    if (own(schema, keyword) !== undefined) return `${keyword} is not checked here: ${instead}`
  if (own(schema, 'unevaluatedProperties') !== undefined && own(schema, 'if') !== undefined && !hasBranches(schema))
    return 'unevaluatedProperties beside an "if" without "then" and "else" is not checked here: write both'
  const format = own(schema, 'format')
  if (typeof format === 'string' && !(FORMATS as string[]).includes(format))
    return `the format ${JSON.stringify(format)} is not checked here: use one of ${FORMATS.join(', ')}, or "pattern"`
  return first(Object.entries(schema), ([keyword, value]) => {
    if (DATA.has(keyword)) return undefined
    return NAMED.has(keyword) && isObject(value) ? first(Object.values(value), refusedKeyword) : refusedKeyword(value)
  })
}

function hasBranches(schema: Record<string, unknown>): boolean {
  return own(schema, 'then') !== undefined && own(schema, 'else') !== undefined
}

function first<T>(values: readonly T[], find: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const found = find(value)
    if (found !== undefined) return found
  }
  return undefined
}
