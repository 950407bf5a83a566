import jwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { JwtCodec } from '../tokens/jwt.ts'

const ALGORITHM = 'EdDSA'

/**
 * Registers @fastify/jwt and gives its signing and verifying as the tokens room wants them. The key comes with every call, chosen by
 * `kid`; the algorithm is pinned; the library's own cache stays off (what a signature was worth is remembered by the token's exact
 * bytes, beside the state of its record). Times are the record's to judge, which knows more of them than the claims do.
 */
export async function registerJwt(app: FastifyInstance): Promise<JwtCodec> {
  await app.register(jwt, {
    // Never used: every call brings its key. Without a function here the plugin refuses to start.
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
