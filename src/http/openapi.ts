import swagger from '@fastify/swagger'
import { Fault, type FaultCode, FAULTS } from '../lib/fault.ts'
import { routeClass } from './metrics.ts'
import { problemOf } from './problem.ts'
import type { App } from './server.ts'

export interface OpenApiOptions {
  publicUrl: string
  version: string
}

type Security = Record<string, string[]>[]

const ABOUT = 'Issues API tokens, and runs flows of API calls behind listener URLs.'

/**
 * The credentials of the management API: a session, a cookie, or e-mail and password. They apply to every guarded route
 * that declares no others.
 */
const MANAGEMENT: Security = [{ session: [] }, { cookie: [] }, { basic: [] }]
/**
 * The credentials of a listener call: one, in exactly one of these places, or none if the listener allows anonymous
 * calls.
 */
const LISTENER: Security = [
  { token: [] },
  { basic: [] },
  { accessTokenHeader: [] },
  { jwtTokenHeader: [] },
  { accessTokenQuery: [] },
  { tokenQuery: [] },
  { jwtTokenQuery: [] },
  {}
]

const securitySchemes = (publicUrl: string) =>
  ({
    session: {
      type: 'http',
      scheme: 'bearer',
      description: 'A session token (`sls_…`) from `POST /v1/sessions`. API tokens cannot use the management API.'
    },
    cookie: {
      type: 'apiKey',
      in: 'cookie',
      name: publicUrl.startsWith('https:') ? '__Host-sluice' : 'sluice',
      description: "The console's cookie. Requests that change something are accepted only from pages of this site."
    },
    basic: { type: 'http', scheme: 'basic', description: 'E-mail and password of an account.' },
    customer: {
      type: 'http',
      scheme: 'bearer',
      description: "A token signed by the back end of a workspace's customers: a customer token or an admin token."
    },
    integrationToken: {
      type: 'apiKey',
      in: 'header',
      name: 'accessToken',
      description: 'An integration token, for a user inside an action.'
    },
    token: { type: 'http', scheme: 'bearer', description: 'An API token in either form: opaque (`slc_…`) or JWT.' },
    accessTokenHeader: { type: 'apiKey', in: 'header', name: 'access_token', description: 'An API token.' },
    jwtTokenHeader: { type: 'apiKey', in: 'header', name: 'jwt_token', description: 'An API token.' },
    accessTokenQuery: {
      type: 'apiKey',
      in: 'query',
      name: 'access_token',
      description: 'An API token. Queries end up in logs and histories: prefer a header.'
    },
    tokenQuery: { type: 'apiKey', in: 'query', name: 'token', description: 'As `access_token`.' },
    jwtTokenQuery: { type: 'apiKey', in: 'query', name: 'jwt_token', description: 'As `access_token`.' }
  }) as const

const TAGS = [
  { name: 'accounts', description: "Signing up, signing in, and one's own account." },
  {
    name: 'tokens',
    description: 'API tokens: their owner creates, lists, changes and revokes them. A token is shown once.'
  },
  { name: 'workspaces', description: 'Where flows, listeners and secrets live, shared by their members.' },
  {
    name: 'customers',
    description: "Users and organizations of a workspace's customers, identified by tokens that their back end signs."
  },
  { name: 'actions', description: 'Third-party services that act for users: their tokens, and the user of a token.' },
  { name: 'secrets', description: 'Values that flows use. The API never returns them.' },
  { name: 'flows', description: 'Serverless Workflow documents (DSL 1.0.3) in immutable versions.' },
  { name: 'listeners', description: 'The URLs that outside systems call, each running a flow.' },
  {
    name: 'events',
    description: 'Events that flows emit: their list, and the URL of a workspace that receives them, signed.'
  },
  { name: 'runs', description: 'Records of what flows did, step by step, with secrets masked.' },
  { name: 'admin', description: 'For accounts with the role `admin`: every account, every token, the audit log.' },
  { name: 'operations', description: 'Health, readiness and metrics.' }
]

/**
 * Describes every route that is registered after this call, at `/openapi.json` and `/docs`. Schemas are named by their
 * `$id`.
 */
export async function registerOpenApi(app: App, { publicUrl, version }: OpenApiOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluice',
        version,
        description: `${ABOUT} Errors are problem documents (RFC 9457) with a \`code\`: ${Object.keys(FAULTS)
          .map((code) => `\`${code}\``)
          .join(', ')}.`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
      },
      servers: [{ url: publicUrl }],
      tags: TAGS,
      components: { securitySchemes: securitySchemes(publicUrl) }
    },
    // Routes do not contain the path of PUBLIC_URL, so it must not be stripped from them.
    stripBasePath: false,
    refResolver: {
      buildLocalReference: (schema, _baseUri, _fragment, index) =>
        typeof schema.$id === 'string' ? schema.$id : `def-${index}`
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: { ...schema, security: schema?.security ?? securityOf(url, route.onRequest !== undefined) }
    }),
    transformObject: (document) =>
      'openapiObject' in document ? completeDocument(document.openapiObject) : document.swaggerObject
  })
}

function securityOf(url: string, guarded: boolean): Security {
  if (routeClass(url) === 'listener') return LISTENER
  return guarded ? MANAGEMENT : []
}

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
/** The description that @fastify/swagger gives to a response without one. */
const NO_DESCRIPTION = 'Default Response'
const SUCCESS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'Done' }
/** Statuses of a failed flow beside the status of its code. */
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
 * Completes every operation, so that no route repeats it: the problems with an example for each code, and descriptions
 * of successful responses.
 */
function completeDocument<T extends object>(given: T): T {
  const document = given as Document
  for (const path of Object.values(document.paths ?? {})) {
    const ids = operationIdsOf(path)
    for (const [method, operation] of Object.entries(path)) {
      // A route with several methods has one object for all of them, but each operation needs its own id.
      path[method] = {
        ...operation,
        ...completeBody(operation),
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

/** A body that may be null is optional. */
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
