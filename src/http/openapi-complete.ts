import { Fault, type FaultCode, FAULTS } from '../lib/fault.ts'
import { listenerInput } from './openapi-listener.ts'
import { problemOf } from './problem.ts'

const LISTENER_PATH = /^\/v1\/(?:dynamic\/listener|call)\//

interface Answer {
  description?: string
  headers?: Record<string, { description: string; schema: object }>
  content?: Record<string, { schema?: object; examples?: object }>
}

interface Schema {
  type?: string
  default?: unknown
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema?: Schema
}

interface Operation {
  operationId?: string
  parameters?: (Parameter | object)[]
  requestBody?: { required?: boolean; content: Record<string, { schema?: Schema }> }
  responses?: Record<string, Answer | { $ref: string }>
}

interface Document {
  paths?: Record<string, Record<string, Operation>>
  components?: { responses?: Record<string, Answer> }
}

const PROBLEM_TYPE = 'application/problem+json'
const PROBLEM_SCHEMA = { $ref: '#/components/schemas/Problem' }
/** The description that @fastify/swagger gives to a response without one. */
const NO_DESCRIPTION = 'Default Response'
const SUCCESS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'Done' }
/** Statuses of a failed flow besides the status of its code. */
const FLOW_STATUSES = [502, 504]

const HEADERS: Readonly<Record<number, Answer['headers']>> = {
  401: {
    'WWW-Authenticate': { description: 'Both ways to authenticate: Bearer and Basic', schema: { type: 'string' } }
  },
  405: { Allow: { description: 'The methods that this path supports', schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'Seconds until the next try', schema: { type: 'integer' } } },
  503: { 'Retry-After': { description: 'Seconds until the next try', schema: { type: 'integer' } } }
}

/**
 * Completes every operation with the problems, an example for each code, and descriptions of successful responses, so
 * that routes do not repeat these.
 */
export function completeDocument<T extends object>(given: T): T {
  const document = given as Document
  for (const [url, path] of Object.entries(document.paths ?? {})) {
    const ids = operationIdsOf(path)
    for (const [method, operation] of Object.entries(path)) {
      // A route with several methods has one object for all of them, but each operation needs its own id.
      path[method] = {
        ...operation,
        ...completeInput(operation),
        ...(LISTENER_PATH.test(url) ? listenerInput(method, operation) : {}),
        ...(ids[method] === undefined ? {} : { operationId: ids[method] }),
        responses: completeResponses(operation.responses ?? {})
      }
    }
  }
  const statuses = new Set([...Object.values(FAULTS).map(({ status }) => status), ...FLOW_STATUSES])
  document.components = {
    ...document.components,
    responses: {
      ...Object.fromEntries(
        [...statuses].sort((one, other) => one - other).map((status) => [`Problem${status}`, problemAnswer(status)])
      ),
      Problem: { description: 'Any other problem', content: { [PROBLEM_TYPE]: { schema: PROBLEM_SCHEMA } } }
    }
  }
  return given
}

/**
 * The operation id of each method. If a route has several methods, its id gets the method's name: `callListenerGet`.
 */
function operationIdsOf(path: Record<string, Operation>): Record<string, string | undefined> {
  const given = Object.values(path).map(({ operationId }) => operationId)
  return Object.fromEntries(
    Object.entries(path).map(([method, { operationId: id }]) => {
      const shared = id !== undefined && given.indexOf(id) !== given.lastIndexOf(id)
      return [method, shared ? id + method.charAt(0).toUpperCase() + method.slice(1).toLowerCase() : id]
    })
  )
}

/** Makes parameters and members with a default optional, and a body that may be null. */
function completeInput({ parameters, requestBody }: Operation): Pick<Operation, 'parameters' | 'requestBody'> {
  const mayBeNull = Object.values(requestBody?.content ?? {}).some(({ schema }) =>
    schema?.anyOf?.some(({ type }) => type === 'null')
  )
  return {
    ...(parameters ? { parameters: parameters.map(completeParameter) } : {}),
    ...(requestBody
      ? {
          requestBody: {
            ...requestBody,
            ...(mayBeNull ? { required: false } : {}),
            content: Object.fromEntries(
              Object.entries(requestBody.content).map(([type, media]) => [
                type,
                media.schema ? { ...media, schema: withOptionalDefaults(media.schema) } : media
              ])
            )
          }
        }
      : {})
  }
}

function completeParameter(parameter: Parameter | object): Parameter | object {
  const hasDefault = 'schema' in parameter && parameter.schema?.default !== undefined
  return hasDefault ? { ...parameter, required: false } : parameter
}

/** Returns a schema of a request in which no member with a default is required. */
function withOptionalDefaults(schema: Schema): Schema {
  const { properties, items, anyOf, required } = schema
  const mandatory = required?.filter((name) => properties?.[name]?.default === undefined)
  return {
    ...schema,
    ...(mandatory ? { required: mandatory } : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, property]) => [name, withOptionalDefaults(property)])
          )
        }
      : {}),
    ...(items ? { items: withOptionalDefaults(items) } : {}),
    ...(anyOf ? { anyOf: anyOf.map(withOptionalDefaults) } : {})
  }
}

function completeResponses(responses: NonNullable<Operation['responses']>): NonNullable<Operation['responses']> {
  const complete = Object.fromEntries(
    Object.entries(responses).map(([status, answer]) => {
      if ('$ref' in answer) return [status, answer]
      const types = Object.keys(answer.content ?? {})
      if (types.length === 1 && types[0] === PROBLEM_TYPE)
        return [status, { $ref: `#/components/responses/Problem${status}` }]
      return [
        status,
        answer.description === NO_DESCRIPTION ? { ...answer, description: SUCCESS[status] ?? 'The answer' } : answer
      ]
    })
  )
  if (!Object.keys(complete).some((status) => status.startsWith('2')))
    complete['2XX'] = { description: 'The answer of the flow', content: { '*/*': { schema: {} } } }
  return { ...complete, default: { $ref: '#/components/responses/Problem' } }
}

function problemAnswer(status: number): Answer {
  const codes = (Object.keys(FAULTS) as FaultCode[]).filter(
    (code) => FAULTS[code].status === status || (code === 'flow_failed' && FLOW_STATUSES.includes(status))
  )
  const examples = Object.fromEntries(
    codes.map((code) => [code, { value: problemOf(exampleFault(code, status), 'req_4Wm0aTqk1ZCr8dBn2xJfLs') }])
  )
  return {
    description: codes.map((code) => `\`${code}\`: ${FAULTS[code].title}`).join('\n\n'),
    ...(HEADERS[status] ? { headers: HEADERS[status] } : {}),
    content: { [PROBLEM_TYPE]: { schema: PROBLEM_SCHEMA, examples } }
  }
}

function exampleFault(code: FaultCode, status: number): Fault {
  if (code === 'validation_failed') return new Fault(code, { errors: [{ pointer: '/days', message: 'must be >= 0' }] })
  if (code === 'flow_failed') return new Fault(code, { status, extensions: { runId: 'run_0hVt6yPmQe3UoKXc9gZsDa' } })
  return new Fault(code)
}
