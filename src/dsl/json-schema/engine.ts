import { _, Ajv, type CodeKeywordDefinition, type KeywordCxt, type Options } from 'ajv'
import addFormats, { type FormatName } from 'ajv-formats'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { isObject, own } from '../../lib/json.ts'
import { LinearPattern } from './linear-pattern.ts'
import { ROUNDS, STEP } from './meter.ts'
import { allUnique } from './unique-items.ts'
import type { Work } from './work.ts'

/** The formats that are checked. */
export const FORMATS: FormatName[] = [
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
type AddedFormat = NonNullable<Ajv['formats'][string]>
export type Dialect = keyof typeof DIALECTS
const DEFAULT_DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** Units of work per character of a text whose format is checked. */
const FORMAT_WORK = 1 / 8
/** The patterns of formats do not take linear time, so longer texts are left to a thread that can be terminated. */
const FORMAT_CHARS = 2_048

/** The dialect that `$schema` names, 2020-12 by default. @throws Error with a message for the author */
export function dialectOf(schema: unknown): Dialect {
  const named = isObject(schema) ? own(schema, '$schema') : undefined
  const dialect = typeof named === 'string' ? named.replace(/#$/, '') : DEFAULT_DIALECT
  if (Object.hasOwn(DIALECTS, dialect)) return dialect as Dialect
  throw new Error(`$schema ${JSON.stringify(named)} is not known here: use one of ${Object.keys(DIALECTS).join(', ')}`)
}

/**
 * Creates a compiler of schemas whose validations spend `work`.
 * @param checked whether schemas themselves are validated; not needed for schemas that were validated when their
 *   document was saved
 */
export function createEngine(
  dialect: Dialect,
  { work, allErrors, checked }: { work: Work; allErrors: boolean; checked: boolean }
): Ajv {
  const engine = new DIALECTS[dialect](engineOptions(work, allErrors, checked))
  addFormats.default(engine, FORMATS)
  for (const name of FORMATS) engine.formats[name] = metered(engine.formats[name] as AddedFormat, work)
  engine.addKeyword(spending(STEP, (cxt, name) => _`${name}.spend(${cxt.schema})`, work))
  engine.addKeyword(spending(ROUNDS, (cxt, name) => _`${name}.spendOn(${cxt.data}, ${cxt.schema})`, work))
  engine.removeKeyword('uniqueItems')
  engine.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (on: boolean, items: unknown[]) => !on || allUnique(items, work)
  })
  return engine
}

function engineOptions(work: Work, allErrors: boolean, checked: boolean): Options {
  return {
    allErrors,
    strict: false,
    // `required: [constructor]` must not be satisfied by an inherited member.
    ownProperties: true,
    logger: false,
    inlineRefs: false,
    unicodeRegExp: true,
    validateSchema: checked,
    // Longer lists of names or values become loops: code for each item takes longer to compile than it saves.
    loopRequired: 20,
    loopEnum: 20,
    code: {
      // The optimizer takes quadratic time.
      optimize: false,
      regExp: Object.assign((source: string) => new LinearPattern(source, work), { code: 'LinearPattern' })
    }
  }
}

/** A keyword that becomes one call of the work counter in the code of each subschema that has it. */
function spending(
  keyword: string,
  call: (cxt: KeywordCxt, name: ReturnType<KeywordCxt['gen']['scopeValue']>) => ReturnType<typeof _>,
  work: Work
): CodeKeywordDefinition {
  return {
    keyword,
    before: '$ref',
    schemaType: 'number',
    code: (cxt) => {
      cxt.gen.code(call(cxt, cxt.gen.scopeValue('obj', { ref: work })))
    }
  }
}

/** The same format, with the work of a text counted before it is checked. Formats of numbers stay as they are. */
function metered(format: AddedFormat, work: Work): AddedFormat {
  if (typeof format === 'boolean') return format
  const isDefinition = typeof format === 'object' && !(format instanceof RegExp)
  if (isDefinition && format.type === 'number') return format
  const test = isDefinition ? format.validate : format
  const check = test instanceof RegExp ? (text: string) => test.test(text) : (test as (text: string) => boolean)
  return {
    validate: (text: string): boolean => {
      work.spend(text.length > FORMAT_CHARS ? Infinity : 1 + text.length * FORMAT_WORK)
      return check(text)
    }
  }
}
