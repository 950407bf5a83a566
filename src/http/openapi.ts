import swagger from '@fastify/swagger'
import { FAULTS } from '../lib/faults.ts'
import type { App } from './app.ts'
import { routeClass } from './metrics.ts'
import { completeDocument } from './openapi-complete.ts'

export interface OpenApiOptions {
  publicUrl: string
  version: string
}

type Security = Record<string, string[]>[]

/** Whoever manages: a person, by a session or by e-mail and password. What a route takes that has a guard and says nothing else. */
const MANAGEMENT: Security = [{ session: [] }, { cookie: [] }, { basic: [] }]
/** Whoever calls a listener: one credential, in exactly one of these places; none where the listener lets anyone in. */
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
      description: 'A session token (`sls_…`) from `POST /v1/sessions`. API tokens manage nothing.'
    },
    cookie: {
      type: 'apiKey',
      in: 'cookie',
      name: publicUrl.startsWith('https:') ? '__Host-sluice' : 'sluice',
      description: "The console's cookie. Changes are taken only from pages of this site."
    },
    basic: { type: 'http', scheme: 'basic', description: 'E-mail and password of an account.' },
    customer: {
      type: 'http',
      scheme: 'bearer',
      description: "A token that the back end of a workspace's customers signed: for one customer, or an admin token."
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
    description: 'API tokens: made, listed, changed and revoked by their owner. A token is shown once.'
  },
  { name: 'workspaces', description: 'Where flows, listeners and secrets live, shared by their members.' },
  {
    name: 'customers',
    description: "Users and organizations of a workspace's customers, known by tokens that their back end signs."
  },
  { name: 'actions', description: 'Third-party services that act for users: their tokens, and who a token is for.' },
  { name: 'secrets', description: 'Values that flows use. They go in and never come out.' },
  { name: 'flows', description: 'Serverless Workflow documents (DSL 1.0.3) in immutable versions.' },
  { name: 'listeners', description: 'The URLs that outside systems call, each running a flow.' },
  {
    name: 'events',
    description: 'What flows emit: a list, and the address of a workspace to which they are delivered, signed.'
  },
  { name: 'runs', description: 'What flows did, step by step, with secrets masked.' },
  { name: 'admin', description: 'For accounts with the role `admin`: every account, every token, the audit log.' },
  { name: 'operations', description: 'Health, readiness and metrics.' }
]

/** Describes every route registered after this, at `/openapi.json` and `/docs`. Schemas are named by their `$id`. */
export async function registerOpenApi(app: App, { publicUrl, version }: OpenApiOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluice',
        version,
        description: `Issues API tokens, and runs flows of API calls behind listener URLs. Errors are problem documents (RFC 9457) with a \`code\`: ${Object.keys(
          FAULTS
        )
          .map((code) => `\`${code}\``)
          .join(', ')}.`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
      },
      servers: [{ url: publicUrl }],
      tags: TAGS,
      components: { securitySchemes: securitySchemes(publicUrl) }
    },
    // The paths are what they are: a PUBLIC_URL with a path of its own must not be cut out of them.
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
