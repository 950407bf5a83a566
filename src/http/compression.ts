import compress, { type FastifyCompressOptions } from '@fastify/compress'
import type { FastifyInstance, RouteOptions } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Set if the answer may be large and contains no credential, so that it is compressed. Pages of lists are
     * compressed without it.
     */
    compressible?: boolean
  }
}

/** Below this, compression saves less than a packet. */
export const COMPRESSION_MIN_BYTES = 1400

const OPTIONS: FastifyCompressOptions = {
  threshold: COMPRESSION_MIN_BYTES,
  encodings: ['br', 'gzip'],
  // Never compress on the thread that answers calls.
  syncThreshold: 0,
  customTypes: /^(?:application\/(?:(?:schema\+)?json|yaml)|text\/(?:javascript|plain))(?:;|$)/
}

/**
 * Compresses large answers of reads. Calls that issue a credential are not reads, so their answers are not compressed;
 * neither are streams of events and answers of listeners, which are not registered in this scope.
 *
 * A page of another site could make a browser send reads with guesses in the query, and compare the sizes of the
 * answers (BREACH). Answers to requests from other sites are not compressed.
 */
export async function registerCompression(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    // `false` also keeps the plugin from adding hooks to the route.
    route.compress = isCompressible(route) ? OPTIONS : false
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') request.headers['x-no-compression'] = site
    done()
  })
  await app.register(compress, { global: false })
}

function isCompressible({ method, config, schema }: RouteOptions): boolean {
  if (method !== 'GET') return false
  const answers = schema?.response as Record<number, { properties?: object }> | undefined
  const isPage = Object.hasOwn(answers?.[200]?.properties ?? {}, 'items')
  return isPage || config?.compressible === true
}
