import { LRUCache } from 'lru-cache'
import { type CheckValue, createSchemaValidator, type SchemaValidator } from '../../json-schema/validator.ts'
import { TooMuchWork } from '../../json-schema/work.ts'
import type { Outcome } from './job.ts'

/**
 * How many compiled schemas a thread keeps, and how many characters of their text: the code takes many times as much.
 */
const KEPT_SCHEMAS = 100
const KEPT_CHARS = 1024 * 1024
/** How much work the trial run of a schema may do. */
const TRIAL_WORK = 10_000

export interface SchemaRuntime {
  /** Compiles a schema without keeping it. Returns its fault, or the text `null` where there is none. */
  check(schema: string): Outcome
  /** The faults of a value, as JSON text; `null` where there are none. */
  validate(schema: string, value: string): Outcome
}

/** Checks JSON Schemas and values without a time limit: use it only on a thread that can be ended. */
export function createSchemaRuntime(): SchemaRuntime {
  let checking: SchemaValidator | undefined
  let trusting: SchemaValidator | undefined
  const compiled = new LRUCache<string, CheckValue>({
    max: KEPT_SCHEMAS,
    maxSize: KEPT_CHARS,
    sizeCalculation: (_check, schema) => schema.length + 1
  })

  return {
    check(schema) {
      try {
        // The code of a schema is compiled at its first run, and only then fails for nesting that is too deep.
        ;(checking ??= createSchemaValidator({ checked: true })).compile(JSON.parse(schema))(null, TRIAL_WORK)
        return { text: 'null' }
      } catch (error) {
        if (error instanceof TooMuchWork) return { text: 'null' }
        return { fault: { kind: 'syntax', message: messageOf(error) } }
      }
    },
    validate(schema, value) {
      try {
        let check = compiled.get(schema)
        if (check === undefined) {
          check = (trusting ??= createSchemaValidator({ checked: false })).compile(JSON.parse(schema))
          compiled.set(schema, check)
        }
        return { text: JSON.stringify(check(JSON.parse(value), Infinity) ?? null) }
      } catch (error) {
        return { fault: { kind: 'runtime', message: messageOf(error) } }
      }
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError) return 'its subschemas or references are nested too deep'
  return error instanceof Error ? error.message : 'unreadable'
}
