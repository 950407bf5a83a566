import swaggerUi from '@fastify/swagger-ui'
import { Type } from 'typebox'
import type { App } from '../app.ts'

/**
 * The page loads its own files and asks this site, and nothing else: no inline script, no frame, no other host. It styles elements from
 * its script, which needs no permission; its icons are data URIs.
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

/** The description of the API, for programs and for people. Public, as the code is. */
export async function docsRoutes(app: App): Promise<void> {
  let document: string | undefined

  app.get(
    '/openapi.json',
    {
      schema: {
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
      // Made once: it takes milliseconds, and anyone may ask.
      document ??= JSON.stringify(app.swagger())
      return reply.type('application/json; charset=utf-8').header('Cache-Control', 'no-cache').send(document)
    }
  )

  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_CSP,
    // Without the top bar, whose logo has an inline style.
    uiConfig: { layout: 'BaseLayout', deepLinking: true, docExpansion: 'none', displayRequestDuration: true },
    theme: { title: 'Sluice API' }
  })
}
