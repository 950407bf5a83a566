import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import { isCidr } from '../lib/ip-address.ts'

const COMMON: Options = {
  allErrors: true,
  useDefaults: true,
  removeAdditional: false,
  strict: false,
  allowUnionTypes: true
}

/** Bodies are taken as they are; query and path are text, so that numbers and booleans in them are read. */
export function createValidatorCompiler(): FastifySchemaCompiler<unknown> {
  const exact = withFormats(new Ajv({ ...COMMON, coerceTypes: false }))
  const textual = withFormats(new Ajv({ ...COMMON, coerceTypes: true }))
  return ({ schema, httpPart }): ValidateFunction => (httpPart === 'body' ? exact : textual).compile(schema as object)
}

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv)
  ajv.addFormat('cidr', isCidr)
  ajv.addFormat('web-url', (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''))
  ajv.addFormat('web-origin', (text) => text === '*' || (/^https?:\/\//.test(text) && URL.parse(text)?.origin === text))
  return ajv
}
