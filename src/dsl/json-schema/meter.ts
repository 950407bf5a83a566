import { isObject, own } from '../../lib/json.ts'
import { DATA_KEYWORDS, MAPS } from './measure.ts'

/** The keyword that spends the work of applying a subschema once. Its value is the number of units. */
export const STEP = 'sluice:step'
/** The keyword that spends the work of iterating over the checked value. Its value is how many times that is done. */
export const ROUNDS = 'sluice:rounds'

/** How many characters of data in a schema one unit of work compares. */
const CHARS_OF_UNIT = 16
/** How many member names one unit of work checks. */
const NAMES_OF_UNIT = 4
/** Keywords that iterate over all members of an object, or all characters of a text. */
const OVER_ALL = [
  'additionalProperties',
  'propertyNames',
  'unevaluatedProperties',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength'
]

/** Copies a schema so that a validation spends the work of every subschema that it applies. */
export function meterSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(meterSchema)
  if (!isObject(node)) return node
  let work = 1
  const metered = Object.entries(node).map(([key, value]): [string, unknown] => {
    const isData = DATA_KEYWORDS.has(key)
    const isMap = MAPS.has(key) && isObject(value)
    const members = Array.isArray(value) ? value.length : isMap ? Object.keys(value).length : 1
    work += isData ? 1 + JSON.stringify(value).length / CHARS_OF_UNIT : 1 + members / NAMES_OF_UNIT
    return [key, isData ? value : isMap ? meterMap(value) : meterSchema(value)]
  })
  metered.push([STEP, Math.ceil(work)])
  const patterns = own(node, 'patternProperties')
  const rounds =
    OVER_ALL.filter((keyword) => Object.hasOwn(node, keyword)).length +
    (isObject(patterns) ? Object.keys(patterns).length : 0)
  if (rounds > 0) metered.push([ROUNDS, rounds])
  return Object.fromEntries(metered)
}

function meterMap(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, meterSchema(schema)]))
}
