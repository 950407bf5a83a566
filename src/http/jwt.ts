import jwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { JwtCodec } from '../tokens/jwt.ts'

const ALGORITHM = 'EdDSA'

/**
 * Registers @fastify/jwt and returns its functions for signing and verifying as a {@link JwtCodec}. Every call passes
 * its key, chosen by `kid`. The algorithm is pinned. The library's cache stays off: verified tokens are cached by their
 * exact bytes together with the state of their record. The library does not check times, because the record can have a
 * different expiry than the claims.
 */
export async function registerJwt(app: FastifyInstance): Promise<JwtCodec> {
  await app.register(jwt, {
    // Never used, because every call passes its key; the plugin does not start without a function here.
    secret: {
      private: (_request, _payload, done) => done(new Error('no key given'), ''),
      public: (_request, _payload, done) => done(new Error('no key given'), '')
    },
    sign: { algorithm: ALGORITHM },
    verify: { algorithms: [ALGORITHM], cache: false },
    decode: { complete: true }
  })

  return {
    sign: ({ kid, typ }, claims, privateKeyPem) =>
      app.jwt.sign(
        { ...claims },
        { algorithm: ALGORITHM, key: privateKeyPem.reveal(), kid, header: { alg: ALGORITHM, typ } }
      ),

    decode(token) {
      try {
        return app.jwt.decode<{ header: Record<string, unknown>; payload: Record<string, unknown> }>(token) ?? undefined
      } catch {
        return undefined
      }
    },

    verify: (token, publicKeyPem) =>
      app.jwt.verify(token, {
        algorithms: [ALGORITHM],
        key: publicKeyPem,
        cache: false,
        ignoreExpiration: true,
        ignoreNotBefore: true
      })
  }
}
