import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { Type } from 'typebox'
import { PASSWORD_MIN } from '../../accounts/password-policy.ts'
import type { App } from '../server.ts'
import { OneOf } from '../schemas.ts'

/** Created by `npm run setup` and `npm run build`. The path is also correct for the compiled file. */
const FOLDER = new URL('../../../dist/console/', import.meta.url)

/**
 * The console loads its own files and calls only this site. It needs no inline script or style, no nonce, and no HTML
 * built from text (Trusted Types).
 */
const CONSOLE_CSP = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
  'require-trusted-types-for': ["'script'"],
  'trusted-types': ["'none'"]
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Console not built · Sluice</title></head>
  <body>
    <main>
      <h1>The console was not built</h1>
      <p>The gateway works without it. The log says why; <code>npm run setup</code> builds it again.</p>
      <p><a href="/docs">API reference</a></p>
    </main>
  </body>
</html>
`

export interface ConsoleDeps {
  publicUrl: string
  version: string
  signup: 'open' | 'closed'
}

/** The page and the files of the console, and the public facts about the gateway. */
export async function consoleRoutes(app: App, deps: ConsoleDeps): Promise<void> {
  aboutRoutes(app, deps)
  const page = readPage()
  const tag = `"${createHash('sha256').update(page.html).digest('base64url')}"`
  const helmet = { contentSecurityPolicy: { useDefaults: false, directives: CONSOLE_CSP } }

  // One page serves every path: the console itself decides which view a path shows.
  for (const url of ['/console', '/console/*']) {
    app.get(url, { helmet, schema: { hide: true } }, async (request, reply) => {
      reply
        .headers({ 'Cache-Control': 'no-cache', 'Permissions-Policy': 'clipboard-write=(self)', ETag: tag })
        .type('text/html; charset=utf-8')
      if (!page.built) return reply.code(503).send(page.html)
      if (request.headers['if-none-match'] === tag) return reply.code(304).send()
      return reply.send(page.html)
    })
  }

  const assets = fileURLToPath(new URL('assets/', FOLDER))
  if (!existsSync(assets)) return
  await app.register(fastifyStatic, {
    root: assets,
    prefix: '/console/assets/',
    // The name or the query of each file changes with its content.
    immutable: true,
    maxAge: '1y',
    preCompressed: true,
    index: false,
    serveDotFiles: false,
    decorateReply: false
  })
}

function aboutRoutes(app: App, { publicUrl, version, signup }: ConsoleDeps): void {
  const places = {
    console: `${publicUrl}/console`,
    docs: `${publicUrl}/docs`,
    openapi: `${publicUrl}/openapi.json`,
    health: `${publicUrl}/readyz`
  }
  app.get(
    '/',
    {
      schema: {
        operationId: 'getService',
        tags: ['operations'],
        summary: 'Links to the parts of the gateway; browsers are redirected to the console',
        response: {
          200: Type.Object({
            name: Type.String(),
            version: Type.String(),
            console: Type.String(),
            docs: Type.String(),
            openapi: Type.String(),
            health: Type.String()
          }),
          302: Type.Null()
        }
      }
    },
    async (request, reply) => {
      reply.header('Vary', 'Accept')
      if (request.headers.accept?.includes('text/html')) return reply.redirect('/console', 302)
      return { name: 'sluice', version, ...places }
    }
  )

  app.get(
    '/v1/about',
    {
      schema: {
        operationId: 'getAbout',
        tags: ['operations'],
        summary: 'Public facts about this gateway, for the console',
        response: {
          200: Type.Object({
            name: Type.String(),
            version: Type.String(),
            publicUrl: Type.String(),
            signup: OneOf(['open', 'closed']),
            passwordMin: Type.Integer()
          })
        }
      }
    },
    async (_request, reply) => {
      reply.header('Cache-Control', 'no-store')
      return { name: 'sluice', version, publicUrl, signup, passwordMin: PASSWORD_MIN }
    }
  )
}

function readPage(): { built: boolean; html: string } {
  const file = new URL('index.html', FOLDER)
  return existsSync(file) ? { built: true, html: readFileSync(file, 'utf8') } : { built: false, html: NOT_BUILT }
}
