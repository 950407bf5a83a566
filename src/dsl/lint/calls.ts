import { pointerTo } from '../../lib/json-pointer.ts'
import { BODY_FORMS } from '../../lib/encode-content.ts'
import { isObject, own } from '../../lib/json.ts'
import { stringFormOf } from '../string-form.ts'
import { authentication } from './authentication.ts'
import {
  all,
  below,
  boolean,
  type Check,
  dictionary,
  matching,
  type Member,
  object,
  oneOf,
  record,
  refused,
  required,
  text
} from './combinators.ts'
import type { Lint, Place } from './findings.ts'
import { callUri, literalUri, template } from './values.ts'

const PROTOCOLS: Readonly<Record<string, string>> = {
  grpc: 'gRPC is not spoken here: use "call: http" with the service\'s HTTP gateway.',
  asyncapi: 'AsyncAPI is not spoken here: use "call: http" to the broker\'s HTTP interface, or "emit".',
  a2a: 'A2A is not spoken here: use "call: http" with the agent\'s JSON-RPC endpoint.',
  mcp: 'MCP is not spoken here: use "call: http" with the server\'s HTTP endpoint.'
}

const METHOD = matching(
  /^(?:get|head|post|put|patch|delete|options|query)$/i,
  'Must be one of get, head, post, put, patch, delete, options, query.'
)
const callOutput = oneOf('content', 'response', 'raw')

/** Headers or a query: one expression, or an object with texts, numbers, booleans and expressions. */
const fields: Check = (value, place, lint) => {
  if (typeof value === 'string' && stringFormOf(value).form !== 'literal') return template(value, place, lint)
  dictionary((member, at) => {
    const list = Array.isArray(member) ? member : [member]
    if (list.some((item) => typeof item === 'object' && item !== null))
      lint.fault(at.pointer, 'Must be text, a number, a boolean or one "${ … }".')
    else template(member, at, lint)
  })(value, place, lint)
}

const endpoint: Check = (value, place, lint) =>
  (isObject(value) ? object({ uri: required(callUri), authentication }) : callUri)(value, place, lint)

const httpArguments = object({
  method: required(METHOD),
  endpoint: required(endpoint),
  headers: fields,
  query: fields,
  body: template,
  output: callOutput,
  redirect: boolean
})

const openApiEndpoint = object({
  uri: required(literalUri),
  authentication: refused(
    'OpenAPI documents are fetched without credentials: give an address that needs none, or use "call: http".'
  )
})

/** The document is fetched and pinned when the flow is saved. */
const openApiDocument: Check = object({
  name: text,
  endpoint: required((value, place, lint) => (isObject(value) ? openApiEndpoint : literalUri)(value, place, lint))
})

const parameters: Check = (value, place, lint) =>
  isObject(value) ? template(value, place, lint) : lint.fault(place.pointer, 'Must be an object.')

const openApiArguments = object({
  document: required(openApiDocument),
  operationId: required(text),
  parameters,
  authentication,
  output: callOutput,
  redirect: boolean
})

/** A `call` of any kind. `base` holds the members that every task may have. */
export function call(value: unknown, place: Place, lint: Lint, base: Readonly<Record<string, Member>>): void {
  if (!isObject(value)) return
  const target = own(value, 'call')
  const pointer = pointerTo(place.pointer, 'call')
  if (typeof target !== 'string' || target === '')
    return lint.fault(pointer, 'Must name what to call: http, openapi, or one of use.functions.')
  if (Object.hasOwn(PROTOCOLS, target)) return lint.fault(pointer, PROTOCOLS[target] as string)
  const inCall: Check = (member, at) =>
    argumentsOf(target)(member, { ...at, extra: [...at.extra, 'authorization'] }, lint)
  const builtIn = target === 'http' || target === 'openapi'
  object({
    ...base,
    ...(builtIn ? { metadata: all(record, bodyForm) } : {}),
    call: required(builtIn ? text : functionName),
    with: builtIn ? required(inCall) : parameters
  })(value, place, lint)
}

/** `metadata.body` says how the body is sent. */
const bodyForm: Check = (value, place, lint) => {
  if (isObject(value) && Object.hasOwn(value, 'body')) oneOf(...BODY_FORMS)(value['body'], below(place, 'body'), lint)
}

function argumentsOf(target: string): Check {
  return target === 'http' ? httpArguments : openApiArguments
}

const functionName: Check = (value, place, lint) => {
  if (lint.used('functions').includes(value as string)) return
  const remote = typeof value === 'string' && (value.includes('://') || value.includes('@'))
  lint.fault(
    place.pointer,
    remote
      ? 'Functions are not fetched from a URL or catalog: ' +
          'define it in use.functions, or make it a flow and use "run: workflow".'
      : `There is no function ${JSON.stringify(value)} in use.functions.`
  )
}
