import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import addFormats, { type FormatName } from 'ajv-formats'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { isObject, own } from '../../lib/json.ts'
import type { SchemaDefinition } from '../document.ts'
import { DOCUMENT_LIMITS } from '../limits.ts'
import { flowError } from '../problem.ts'
import type { Validate } from '../run/state.ts'
import { LinearPattern } from './linear-pattern.ts'

/** References that one validation may follow. Mutually recursive schemas take exponential time without this limit. */
const MAX_REFERENCES = 20_000
/** Faults listed of one value. Each fault costs memory, so all are listed only for values below `VALUE_BYTES`. */
const LISTED_FAULTS = 20
const LIST_ALL_BELOW_CHARS = 64 * 1024

const STEP = 'sluice:step'
const FORMATS: FormatName[] = [
  'date',
  'time',
  'date-time',
  'duration',
  'uri',
  'uri-reference',
  'uri-template',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
  'json-pointer',
  'relative-json-pointer',
  'byte',
  'int32',
  'int64',
  'float',
  'double'
]
const DIALECTS = {
  'http://json-schema.org/draft-07/schema': Ajv,
  'https://json-schema.org/draft/2019-09/schema': Ajv2019,
  'https://json-schema.org/draft/2020-12/schema': Ajv2020
}
const DEFAULT_DIALECT = 'https://json-schema.org/draft/2020-12/schema'
const RESERVED_IDS = /^https?:\/\/json-schema\.org\//
const DATA_KEYWORDS = new Set(['const', 'enum', 'default', 'examples', 'example'])

export interface SchemaCompiler {
  /** @throws Error with a message for the author where the schema is invalid or uses what is not supported here. */
  compile(definition: SchemaDefinition): Validate
}

let shared: SchemaCompiler | undefined

/**
 * The compiler that the process shares: a new one costs tens of milliseconds and megabytes, and it keeps nothing of
 * what it compiles.
 */
export function schemaCompiler(): SchemaCompiler {
  return (shared ??= createSchemaCompiler())
}

/**
 * Compiles JSON Schemas (2020-12, unless `$schema` names draft-07 or 2019-09) and checks formats. Fetches nothing, and
 * bounds validation so that a hostile schema cannot stall the process.
 */
export function createSchemaCompiler(): SchemaCompiler {
  const steps = { left: 0 }
  const engines = new Map<string, Ajv>()

  const engineFor = (dialect: keyof typeof DIALECTS, allErrors: boolean): Ajv => {
    const key = `${dialect} ${allErrors}`
    const known = engines.get(key)
    if (known !== undefined) return known
    const engine = new DIALECTS[dialect](engineOptions(allErrors))
    addFormats.default(engine, FORMATS)
    engine.addKeyword({
      keyword: STEP,
      before: '$ref',
      validate: () => {
        if (--steps.left < 0)
          throw flowError('validation', `The schema follows more than ${MAX_REFERENCES} references on this value.`)
        return true
      }
    })
    engine.removeKeyword('uniqueItems')
    engine.addKeyword({
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      error: { message: 'must NOT have duplicate items' },
      validate: (on: boolean, items: unknown[]) => !on || allUnique(items)
    })
    engines.set(key, engine)
    return engine
  }

  const build = (schema: object | boolean, allErrors: boolean): ValidateFunction => {
    const engine = engineFor(dialectOf(schema), allErrors)
    try {
      return engine.compile(schema)
    } finally {
      // Without this, the engine would keep the schema and refuse the next one with the same $id.
      if (typeof schema === 'object') engine.removeSchema(schema)
    }
  }

  return {
    compile: ({ document }) => {
      if (isObject(document) && RESERVED_IDS.test(String(own(document, '$id'))))
        throw new Error('its $id belongs to JSON Schema itself')
      if (JSON.stringify(document).length > DOCUMENT_LIMITS.schemaBytes)
        throw new Error(`the schema is larger than ${DOCUMENT_LIMITS.schemaBytes} bytes`)
      const schema = countReferences(document) as object | boolean
      const quick = build(schema, false)
      let thorough: ValidateFunction | undefined
      return (value, what) => {
        steps.left = MAX_REFERENCES
        if (quick(value)) return
        let errors = quick.errors ?? []
        if ((JSON.stringify(value)?.length ?? 0) < LIST_ALL_BELOW_CHARS) {
          thorough ??= build(schema, true)
          steps.left = MAX_REFERENCES
          thorough(value)
          errors = thorough.errors ?? errors
        }
        const listed = errors.slice(0, LISTED_FAULTS).map(describe)
        const detail = `${what} does not fit its schema: ${listed.map(sentence).join('; ')}.`
        throw flowError('validation', detail, { errors: listed })
      }
    }
  }
}

function sentence({ pointer, message }: { pointer: string; message: string }): string {
  return `${pointer || '(root)'} ${message}`
}

function engineOptions(allErrors: boolean): Options {
  return {
    allErrors,
    strict: false,
    logger: false,
    inlineRefs: false,
    unicodeRegExp: true,
    code: { regExp: Object.assign((source: string) => new LinearPattern(source), { code: 'LinearPattern' }) }
  }
}

function dialectOf(schema: object | boolean): keyof typeof DIALECTS {
  const named = isObject(schema) ? own(schema, '$schema') : undefined
  const dialect = typeof named === 'string' ? named.replace(/#$/, '') : DEFAULT_DIALECT
  if (Object.hasOwn(DIALECTS, dialect)) return dialect as keyof typeof DIALECTS
  throw new Error(`$schema ${JSON.stringify(named)} is not known here: use one of ${Object.keys(DIALECTS).join(', ')}`)
}

/** Copies the schema so that validation counts every reference that it follows. */
function countReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(countReferences)
  if (!isObject(node)) return node
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, DATA_KEYWORDS.has(key) ? value : countReferences(value)])
  )
  const refers = ['$ref', '$dynamicRef', '$recursiveRef'].some((key) => typeof own(node, key) === 'string')
  return refers ? { ...copy, [STEP]: true } : copy
}

function allUnique(items: readonly unknown[]): boolean {
  return new Set(items.map(canonicalJson)).size === items.length
}

function describe(error: ErrorObject): { pointer: string; message: string } {
  const extra = (error.params as { additionalProperty?: string }).additionalProperty
  return {
    pointer: error.instancePath,
    message: `${error.message ?? 'is not valid'}${extra === undefined ? '' : ` (${extra})`}`
  }
}

/**
 * One text for equal JSON values: sorts the members by name (RFC 8785; JSON.stringify follows its number rules
 * already).
 */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  return `{${Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
    .join(',')}}`
}
