import type { FastifyInstance } from 'fastify'
import FindMyWay, { type HTTPMethod } from 'find-my-way'

/** The methods that each path supports, for status 405 and its `Allow` header (RFC 9110, section 15.5.6). */
export interface MethodTable {
  allowedAt(url: string): string[]
}

/** Creates the table. It only knows routes that are registered afterwards. */
export function createMethodTable(app: FastifyInstance): MethodTable {
  const router = FindMyWay({ maxParamLength: 200, ignoreTrailingSlash: true })
  const seen = new Set<HTTPMethod>()
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat() as HTTPMethod[]) {
      if (router.hasRoute(name, url)) continue
      router.on(name, url, () => {})
      seen.add(name)
    }
  })
  return {
    allowedAt(url) {
      const path = url.split('?', 1)[0] ?? url
      return [...seen].filter((method) => router.find(method, path)).sort()
    }
  }
}
