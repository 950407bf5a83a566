import { measureSchema } from './measure.ts'

/** The limits of one JSON Schema, checked when its document is saved, validated or simulated. */
export const SCHEMA_LIMITS = Object.freeze({
  /** Characters of the schema as JSON. */
  schemaBytes: 64 * 1024,
  /** Members and items of the schema. Those of `const`, `enum` and `default` do not count. */
  schemaValues: 2_500,
  /** Size of all patterns of the schema, with counted repetitions expanded: `x{1,900}` has 900 parts. */
  patternSize: 5_000
})

/**
 * The limits of a schema that is compiled and checked on the thread that answers calls, which takes a few milliseconds.
 */
const QUICK = { values: 250, patterns: 500, chars: 16 * 1024 }

export interface SchemaBoundFault {
  /** Relative to the schema. */
  pointer: string
  message: string
}

/** The limit that a schema exceeds; undefined if it exceeds none. */
export function schemaBoundFault(schema: unknown): SchemaBoundFault | undefined {
  const { schemaBytes, schemaValues, patternSize } = SCHEMA_LIMITS
  if (JSON.stringify(schema).length > schemaBytes)
    return { pointer: '', message: `the schema is larger than ${schemaBytes} bytes (limit "schemaBytes")` }
  const { values, patterns, largest } = measureSchema(schema)
  if (values > schemaValues)
    return {
      pointer: '',
      message: `the schema has more than ${schemaValues} members and items (limit "schemaValues")`
    }
  if (patterns > patternSize)
    return {
      pointer: largest?.pointer ?? '',
      message:
        `the patterns of the schema have more than ${patternSize} parts with their repetitions written out ` +
        `(limit "patternSize"); this one has ${Math.ceil(largest?.size ?? 0)}`
    }
  return undefined
}

/** Whether a schema is small enough for the thread that answers calls. */
export function isQuickSchema(schema: unknown): boolean {
  if (typeof schema === 'boolean') return true
  const { values, patterns, leavesSchemas } = measureSchema(schema)
  return (
    values <= QUICK.values &&
    patterns <= QUICK.patterns &&
    !leavesSchemas &&
    JSON.stringify(schema).length <= QUICK.chars
  )
}
