import type { Secret } from '../lib/secret.ts'
import type { SigningKeys } from './signing-keys.ts'

/** Signs and verifies compact JWTs with a given key. Verification looks at the signature and the algorithm, not at times. */
export interface JwtCodec {
  sign(header: { kid: string, typ: string }, claims: Readonly<Record<string, unknown>>, privateKeyPem: Secret): string
  /** The header and claims as they are, unverified, or undefined where they cannot be read. */
  decode(token: string): { header: Record<string, unknown>, payload: Record<string, unknown> } | undefined
  /** @throws where the signature or the algorithm is wrong */
  verify(token: string, publicKeyPem: string): Record<string, unknown>
}

export const TOKEN_TYPE = 'at+jwt'
/** Longer text is no JWT of ours: ours have about 400 characters. */
const MAX_JWT_LENGTH = 2048
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/

export interface JwtForm {
  /** Signs with the current key. `kid`: which one that was; it stays until this token has ended. */
  sign(claims: { sub: string, jti: string, iat: number, exp?: number }): Promise<{ text: string, kid: string }>
  /** The `jti` of a token that one of our keys signed for this purpose; else why it is refused, or undefined where it is not a JWT of ours at all. */
  verify(token: string): Promise<{ jti: string } | { why: string } | undefined>
}

/** The JWT form of API tokens: `alg: EdDSA`, `typ: at+jwt` (RFC 9068, section 2.1), `kid`. Verification needs no database but for an unknown `kid`. */
export function createJwtForm(deps: { codec: JwtCodec, keys: SigningKeys, issuer: string }): JwtForm {
  return {
    async sign(claims) {
      const key = await deps.keys.current()
      return { text: deps.codec.sign({ kid: key.kid, typ: TOKEN_TYPE }, { iss: deps.issuer, aud: deps.issuer, ...claims }, key.privateKeyPem), kid: key.kid }
    },

    async verify(token) {
      if (token.length > MAX_JWT_LENGTH || !SHAPE.test(token)) return undefined
      const decoded = deps.codec.decode(token)
      if (!decoded || decoded.header.alg !== 'EdDSA' || decoded.header.typ !== TOKEN_TYPE || typeof decoded.header.kid !== 'string') return undefined
      const key = await deps.keys.find(decoded.header.kid)
      if (!key) return { why: 'unknown_signing_key' }
      try {
        const { iss, aud, jti } = deps.codec.verify(token, key.publicKeyPem)
        if (iss !== deps.issuer || aud !== deps.issuer || typeof jti !== 'string') return { why: 'claims_of_another_issuer' }
        return { jti }
      } catch {
        return { why: 'wrong_signature' }
      }
    }
  }
}
