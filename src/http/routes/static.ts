import { readFileSync } from 'node:fs'
import swaggerUi from '@fastify/swagger-ui'
import { Type } from 'typebox'
import type { App } from '../server.ts'

/**
 * The page loads its own files and calls only this site: no inline script, no frame, no other host. Its script sets
 * styles directly, which the policy allows; its icons are data URIs.
 */
const PAGE_CSP = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"]
}

/** Static content, all public: the description of the API, its pages, and the client for pages and services. */
export async function staticRoutes(app: App): Promise<void> {
  await docsRoutes(app)
  sdkRoutes(app)
}

/** The description of the API, for programs and for people. It is as public as the code. */
async function docsRoutes(app: App): Promise<void> {
  let document: string | undefined

  app.get(
    '/openapi.json',
    {
      config: { compressible: true },
      schema: {
        security: [],
        operationId: 'getOpenApiDocument',
        tags: ['operations'],
        summary: 'This description',
        response: {
          200: Type.Unsafe<string>({
            type: 'object',
            additionalProperties: true,
            description: 'An OpenAPI 3.1 document'
          })
        }
      }
    },
    async (_request, reply) => {
      // Created once, because it takes milliseconds and anyone may request it.
      document ??= JSON.stringify(app.swagger())
      return reply.type('application/json; charset=utf-8').header('Cache-Control', 'no-cache').send(document)
    }
  )

  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_CSP,
    // The top bar is left out because its logo has an inline style.
    uiConfig: { layout: 'BaseLayout', deepLinking: true, docExpansion: 'none', displayRequestDuration: true },
    theme: { title: 'Sluice API' }
  })
}

/**
 * The files are served unchanged. The path is also correct for the compiled file, because the build copies `src/sdk`.
 */
const FOLDER = new URL('../../../src/sdk/', import.meta.url)
/** How long pages may cache the client: short, so that a change reaches them soon. */
const MAX_AGE_SECONDS = 300

const FILES = {
  'sluice.js': {
    operationId: 'getSdk',
    type: 'text/javascript; charset=utf-8',
    summary: 'The client for pages and services that act for users, as an ES module'
  },
  'kasclient.js': {
    operationId: 'getKasClient',
    type: 'text/javascript; charset=utf-8',
    summary: "The same client with Kaizala's names, as a classic script"
  },
  'sluice.d.ts': { operationId: 'getSdkTypes', type: 'text/plain; charset=utf-8', summary: 'Its types, for TypeScript' }
} as const

/** The client that third-party services load. Public, and readable by pages of every origin. */
function sdkRoutes(app: App): void {
  for (const [name, { operationId, type, summary }] of Object.entries(FILES)) {
    const content = readFileSync(new URL(name, FOLDER), 'utf8')
    app.get(
      `/sdk/${name}`,
      {
        schema: {
          operationId,
          tags: ['actions'],
          summary,
          produces: [type.split(';')[0] ?? type],
          response: { 200: Type.String() }
        }
      },
      async (_request, reply) => {
        reply.headers({
          'Access-Control-Allow-Origin': '*',
          'Cross-Origin-Resource-Policy': 'cross-origin',
          'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
          ...(name === 'sluice.js' ? { 'X-TypeScript-Types': './sluice.d.ts' } : {})
        })
        return reply.type(type).send(content)
      }
    )
  }
}
