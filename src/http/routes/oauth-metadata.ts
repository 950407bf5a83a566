import { Type } from 'typebox'
import type { App } from '../server.ts'

const METADATA_MAX_AGE_SECONDS = 300
const Metadata = Type.Object({}, { additionalProperties: true })

/** Where clients find the token endpoint (RFC 8414), and where resource clients find the issuer (RFC 9728). */
export function oauthMetadataRoutes(app: App, publicUrl: string): void {
  const documents = {
    'oauth-authorization-server': {
      operationId: 'getAuthorizationServer',
      summary: 'The metadata of the token endpoint (RFC 8414)',
      document: {
        issuer: publicUrl,
        token_endpoint: `${publicUrl}/oauth/token`,
        jwks_uri: `${publicUrl}/.well-known/jwks.json`,
        response_types_supported: [],
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        service_documentation: `${publicUrl}/docs`
      }
    },
    'oauth-protected-resource': {
      operationId: 'getProtectedResource',
      summary: 'The metadata of this API as a resource (RFC 9728)',
      document: protectedResource(publicUrl, publicUrl)
    }
  }
  for (const [name, { operationId, summary, document }] of Object.entries(documents))
    app.get(
      `/.well-known/${name}`,
      { schema: { operationId, tags: ['tokens'], summary, response: { 200: Metadata } } },
      async (_request, reply) => {
        reply.header('Cache-Control', `public, max-age=${METADATA_MAX_AGE_SECONDS}`)
        return document
      }
    )
}

/** The metadata of a resource whose tokens are issued here (RFC 9728, section 2). */
export function protectedResource(publicUrl: string, resource: string): Record<string, unknown> {
  return {
    resource,
    authorization_servers: [publicUrl],
    bearer_methods_supported: ['header', 'query'],
    resource_name: 'Sluice',
    resource_documentation: `${publicUrl}/docs`
  }
}
