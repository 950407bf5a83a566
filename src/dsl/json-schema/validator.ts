import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'
import { withDoubles } from '../../lib/exact-number.ts'
import { isObject, own } from '../../lib/json.ts'
import { createEngine, type Dialect, dialectOf } from './engine.ts'
import { meterSchema } from './meter.ts'
import { refusedKeyword } from './refused-keywords.ts'
import { TooMuchWork, Work } from './work.ts'

/** The most faults that are listed of one value. */
const LISTED_FAULTS = 20
/** The most work for listing all faults instead of only the first. Each fault costs memory. */
const LISTING_WORK = 10_000
/** An engine keeps a little of each schema that it compiles, so it is replaced after this many. */
const SCHEMAS_OF_ENGINE = 200
const RESERVED_IDS = /^https?:\/\/json-schema\.org\//

/** A fault of a value: its place in it (RFC 6901) and what is wrong there. */
export interface ValueFault {
  pointer: string
  message: string
}

/**
 * Validates one value. Returns its faults, or undefined if there are none.
 * @param work how much work it may do
 * @throws TooMuchWork if that does not suffice
 */
export type CheckValue = (value: unknown, work: number) => ValueFault[] | undefined

export interface SchemaValidator {
  /** @throws Error with a message for the author if the schema is invalid or uses an unsupported feature. */
  compile(schema: unknown): CheckValue
}

/**
 * Compiles JSON Schemas (2020-12, unless `$schema` names draft-07 or 2019-09) and checks formats. Does not fetch
 * anything.
 * @param options.checked false for schemas that were checked when their document was saved
 */
export function createSchemaValidator({ checked }: { checked: boolean }): SchemaValidator {
  const work = new Work()
  const engines = new Map<string, { engine: Ajv; schemas: number }>()

  function engineFor(dialect: Dialect, allErrors: boolean): Ajv {
    const key = `${dialect} ${allErrors}`
    let known = engines.get(key)
    if (known === undefined || known.schemas >= SCHEMAS_OF_ENGINE) {
      known = { engine: createEngine(dialect, { work, allErrors, checked }), schemas: 0 }
      engines.set(key, known)
    }
    known.schemas++
    return known.engine
  }

  function build(schema: object | boolean, allErrors: boolean): ValidateFunction {
    const engine = engineFor(dialectOf(schema), allErrors)
    // The engine validates the schema itself with the same keywords, which must not spend the caller's work.
    work.left = Infinity
    try {
      return engine.compile(schema)
    } finally {
      // Without this, the engine would keep the schema and refuse the next one with the same $id.
      if (typeof schema === 'object') engine.removeSchema(schema)
    }
  }

  return {
    compile(schema) {
      if (isObject(schema) && RESERVED_IDS.test(String(own(schema, '$id'))))
        throw new Error('its $id belongs to JSON Schema itself')
      const refused = checked ? refusedKeyword(schema) : undefined
      if (refused !== undefined) throw new Error(refused)
      // The engine only knows doubles.
      const metered = meterSchema(withDoubles(schema)) as object | boolean
      const quick = build(metered, false)
      let thorough: ValidateFunction | undefined

      /** Lists all faults, if that does not need too much work. */
      const list = (value: unknown): ErrorObject[] | null | undefined => {
        thorough ??= build(metered, true)
        work.left = LISTING_WORK
        try {
          thorough(value)
          return thorough.errors
        } catch (error) {
          if (error instanceof TooMuchWork) return undefined
          throw error
        }
      }
      return (given, allowed) => {
        const value = withDoubles(given)
        work.left = allowed
        if (quick(value)) return undefined
        const first = quick.errors ?? []
        return (list(value) ?? first).slice(0, LISTED_FAULTS).map(describe)
      }
    }
  }
}

function describe(error: ErrorObject): ValueFault {
  const extra = (error.params as { additionalProperty?: string }).additionalProperty
  return {
    pointer: error.instancePath,
    message: `${error.message ?? 'is not valid'}${extra === undefined ? '' : ` (${extra})`}`
  }
}
