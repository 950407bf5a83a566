import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import { Ajv, type Options, type SchemaValidateFunction, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import type { FastifySerializerCompiler } from 'fastify/types/schema.js'
import { cidrFault } from '../lib/ip-address.ts'
import { isStorableUrl } from '../lib/stored-url.ts'

const COMMON: Options = {
  allErrors: true,
  useDefaults: true,
  removeAdditional: false,
  strict: false,
  allowUnionTypes: true,
  // A test checks all schemas. Checking the first one here would cost as much as all validators of an ordinary call.
  validateSchema: false
}

/**
 * Creates the validator of a route's schema when the route first reads that part of a request: compiling all schemas at
 * startup would take seconds.
 *
 * Bodies are validated as they are. Queries and paths are text, so numbers and booleans in them are converted.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<unknown> {
  const exact = withFormats(new Ajv({ ...COMMON, coerceTypes: false }))
  const textual = withFormats(new Ajv({ ...COMMON, coerceTypes: true }))
  return ({ schema, httpPart }) => compileOnce(httpPart === 'body' ? exact : textual, schema as object)
}

/** Like `ajv.compile`, with the same `errors` after each call, but it compiles at the first call. */
function compileOnce(ajv: Ajv, schema: object): ReturnType<FastifySchemaCompiler<unknown>> {
  let compiled: ValidateFunction | undefined
  const validate: ReturnType<FastifySchemaCompiler<unknown>> = (data: unknown) => {
    compiled ??= ajv.compile(schema)
    const valid = compiled(data)
    validate.errors = compiled.errors
    return valid
  }
  return validate
}

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv)
  // The format appears only in the document. The keyword checks the value, because it can say what is wrong with the
  // address.
  ajv.addFormat('cidr', true)
  ajv.addKeyword({ keyword: 'x-ip-range', type: 'string', schemaType: 'boolean', validate: validateIpRange })
  ajv.addFormat('web-url', isStorableUrl)
  ajv.addFormat('web-origin', (text) => text === '*' || (/^https?:\/\//.test(text) && URL.parse(text)?.origin === text))
  return ajv
}

const validateIpRange: SchemaValidateFunction = (_wanted: boolean, text: string) => {
  const message = cidrFault(text)
  if (message !== undefined) validateIpRange.errors = [{ keyword: 'x-ip-range', params: {}, message }]
  return message === undefined
}

/**
 * Creates the serializer of a response schema when its route first answers. The framework would create those of all
 * routes and statuses at startup, which takes seconds. Problems use plain JSON: their schema only documents them.
 */
export function createSerializerCompiler(app: FastifyInstance): FastifySerializerCompiler<unknown> {
  const factory = SerializerSelector()
  return (route) => {
    if ((route as { contentType?: string }).contentType === 'application/problem+json') return JSON.stringify
    let serialize: ((value: unknown) => string) | undefined
    return (value) => {
      serialize ??= factory(app.getSchemas(), {})(route as never) as (value: unknown) => string
      return serialize(value)
    }
  }
}
