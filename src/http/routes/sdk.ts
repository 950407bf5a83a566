import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import type { App } from '../app.ts'

/** Served as they are written. Found from here also where this file runs compiled: `src/sdk` goes along as it is. */
const FOLDER = new URL('../../../src/sdk/', import.meta.url)
/** How long pages may keep it: a change of the gateway reaches them soon. */
const MAX_AGE_SECONDS = 300

const FILES = {
  'sluice.js': {
    type: 'text/javascript; charset=utf-8',
    summary: 'The client for pages and services that act for users, an ES module'
  },
  'sluice.d.ts': { type: 'text/plain; charset=utf-8', summary: 'Its types, for TypeScript' }
} as const

/** The client that third-party services load. Public, and for pages of every origin. */
export function sdkRoutes(app: App): void {
  for (const [name, { type, summary }] of Object.entries(FILES)) {
    const content = readFileSync(new URL(name, FOLDER), 'utf8')
    app.get(
      `/sdk/${name}`,
      {
        schema: { tags: ['actions'], summary, produces: [type.split(';')[0] ?? type], response: { 200: Type.String() } }
      },
      async (_request, reply) => {
        reply.headers({
          'Access-Control-Allow-Origin': '*',
          'Cross-Origin-Resource-Policy': 'cross-origin',
          'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
          'X-TypeScript-Types': './sluice.d.ts'
        })
        return reply.type(type).send(content)
      }
    )
  }
}
