import type { OwnJwts, OwnJwtWatcher } from './jwt.ts'

/** RFC 9068, section 2.1. */
export const TOKEN_TYPE = 'at+jwt'

export interface JwtForm {
  /** Signs with the current key. `kid`: which one that was; it stays until this token has ended. */
  sign(claims: { sub: string; jti: string; iat: number; exp?: number }): Promise<{ text: string; kid: string }>
  /** The `jti` of a token that one of our keys signed for this purpose; else why it is refused, or undefined where it is not a JWT of ours at all. */
  verify(token: string, watcher?: OwnJwtWatcher): Promise<{ jti: string } | { why: string } | undefined>
}

/** The JWT form of API tokens. */
export function createJwtForm(jwts: OwnJwts): JwtForm {
  return {
    sign: (claims) => jwts.sign(TOKEN_TYPE, claims),

    async verify(token, watcher) {
      const verified = await jwts.verify(TOKEN_TYPE, token, watcher)
      if (!verified || 'why' in verified) return verified
      const { jti } = verified.claims
      return typeof jti === 'string' ? { jti } : { why: 'claims_of_another_issuer' }
    }
  }
}
