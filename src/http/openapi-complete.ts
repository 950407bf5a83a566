import { FAULTS, type FaultCode } from '../lib/faults.ts'
import { Fault } from '../lib/fault.ts'
import { problemOf } from './problem.ts'

interface Answer {
  description?: string
  headers?: Record<string, { description: string; schema: object }>
  content?: Record<string, { schema?: object; examples?: object }>
}

interface Operation {
  operationId?: string
  requestBody?: { required?: boolean; content: Record<string, { schema?: { anyOf?: { type?: string }[] } }> }
  responses?: Record<string, Answer | { $ref: string }>
}

interface Document {
  paths?: Record<string, Record<string, Operation>>
  components?: { responses?: Record<string, Answer> }
}

const PROBLEM_TYPE = 'application/problem+json'
const PROBLEM_SCHEMA = { $ref: '#/components/schemas/Problem' }
/** What @fastify/swagger says where a route says nothing. */
const NO_DESCRIPTION = 'Default Response'
const SUCCESS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'Done' }
/** A flow's failure has more statuses than its code's own. */
const FLOW_STATUSES = [502, 504]

const HEADERS: Readonly<Record<number, Answer['headers']>> = {
  401: {
    'WWW-Authenticate': { description: 'Both ways to authenticate: Bearer and Basic', schema: { type: 'string' } }
  },
  405: { Allow: { description: 'The methods it takes', schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'Seconds until the next try', schema: { type: 'integer' } } },
  503: { 'Retry-After': { description: 'Seconds until the next try', schema: { type: 'integer' } } }
}

/** Adds what every operation has and no route should have to repeat: an id, the problems in full with an example for each code, and names of successes. */
export function completeDocument<T extends object>(given: T): T {
  const document = given as Document
  for (const [url, path] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(path)) {
      // Routes with several methods share one object: each needs an id of its own.
      path[method] = {
        ...operation,
        ...completeBody(operation),
        operationId: operationIdOf(method, url),
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

/** A body that may be null may be left out. */
function completeBody({ requestBody }: Operation): Pick<Operation, 'requestBody'> {
  const optional = Object.values(requestBody?.content ?? {}).some(({ schema }) =>
    schema?.anyOf?.some(({ type }) => type === 'null')
  )
  return requestBody && optional ? { requestBody: { ...requestBody, required: false } } : {}
}

function completeResponses(responses: NonNullable<Operation['responses']>): NonNullable<Operation['responses']> {
  const complete = Object.fromEntries(
    Object.entries(responses).map(([status, answer]) => {
      if ('$ref' in answer) return [status, answer]
      if (answer.content && PROBLEM_TYPE in answer.content)
        return [status, { $ref: `#/components/responses/Problem${status}` }]
      return [
        status,
        answer.description === NO_DESCRIPTION ? { ...answer, description: SUCCESS[status] ?? 'The answer' } : answer
      ]
    })
  )
  if (!Object.keys(complete).some((status) => status.startsWith('2')))
    complete['2XX'] = { description: 'Whatever the flow answers', content: { '*/*': { schema: {} } } }
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

/** `GET /v1/tokens/{id}` → `getTokensById`. */
function operationIdOf(method: string, url: string): string {
  const words = url
    .split('/')
    .filter((part) => part !== '' && part !== 'v1')
    .flatMap((part) => (part.startsWith('{') ? ['by', part.slice(1, -1)] : part.split(/[^A-Za-z0-9]+/)))
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
