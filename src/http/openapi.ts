import swagger from '@fastify/swagger'
import { FAULTS } from '../lib/fault.ts'
import { routeClass } from './metrics.ts'
import { completeDocument } from './openapi-complete.ts'
import { LISTENER, MANAGEMENT, type Security, securitySchemes, withPermission } from './openapi-security.ts'
import type { App } from './server.ts'

export interface OpenApiOptions {
  publicUrl: string
  version: string
}

const ABOUT = 'Issues API tokens, and runs flows of API calls behind listener URLs.'

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
  { name: 'actions', description: 'Third-party services that act for users, and the tokens of these users.' },
  { name: 'secrets', description: 'Values that flows use. The API never returns them.' },
  { name: 'flows', description: 'Serverless Workflow documents (DSL 1.0.3) in immutable versions.' },
  {
    name: 'listeners',
    description:
      'The URLs that other systems call. Each runs a flow. The header `Idempotency-Key` makes a call safe to repeat, and ' +
      '`Prefer: respond-async` asks for 202 and a durable run.'
  },
  {
    name: 'events',
    description: 'Events of flows and of the gateway, the sinks that receive them, and the inbox for other systems.'
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
      url: url.replace(WILDCARD, '/:path'),
      schema: {
        ...schema,
        ...(WILDCARD.test(url) && schema?.params ? { params: withNamedWildcard(schema.params as PathParams) } : {}),
        security: withPermission(
          (schema?.security as Security | undefined) ?? securityOf(url, route.onRequest !== undefined),
          route.config?.permission
        )
      }
    }),
    transformObject: (document) =>
      'openapiObject' in document ? completeDocument(document.openapiObject) : document.swaggerObject
  })
}

/** The end of a route that takes any path. OpenAPI has only parameters with a name. */
const WILDCARD = /\/\*$/

interface PathParams {
  properties: Record<string, object>
}

function withNamedWildcard({ properties: { '*': path = {}, ...properties }, ...schema }: PathParams): object {
  return { ...schema, properties: { ...properties, path }, required: [...Object.keys(properties), 'path'] }
}

function securityOf(url: string, guarded: boolean): Security {
  if (routeClass(url) === 'listener') return LISTENER
  return guarded ? MANAGEMENT : []
}
