import type { Secret } from '../lib/secret.ts'
import type { SigningKeys } from './signing-keys.ts'

/** Signs and verifies compact JWTs with a given key. Verification checks the signature and the algorithm, not times. */
export interface JwtCodec {
  sign(header: { kid: string; typ: string }, claims: Readonly<Record<string, unknown>>, privateKeyPem: Secret): string
  /** Decodes header and claims without verifying them; undefined if they cannot be read. */
  decode(token: string): { header: Record<string, unknown>; payload: Record<string, unknown> } | undefined
  /** @throws if the signature or the algorithm is wrong */
  verify(token: string, publicKeyPem: string): Record<string, unknown>
}

/** The purpose of a JWT, as its `typ` (RFC 8725, section 3.11), so that one kind is never accepted as another. */
export type IssuedJwtType = 'at+jwt' | 'sluice-integration+jwt'

/** The checks, in order. */
export const ISSUED_JWT_CHECKS = ['form', 'type', 'signing_key', 'signature', 'issuer'] as const
export type IssuedJwtCheck = (typeof ISSUED_JWT_CHECKS)[number]

/** Receives the result of each check. */
export interface IssuedJwtWatcher {
  onCheck(check: IssuedJwtCheck, passed: boolean): void
}

/** The JWTs that Sluice signs. */
export interface IssuedJwts {
  /** Signs with the current key. The key with the returned `kid` stays until this token has ended. */
  sign(typ: IssuedJwtType, claims: Readonly<Record<string, unknown>>): Promise<{ text: string; kid: string }>
  /**
   * Verifies a token of this type. Returns its claims, or `why` it is invalid, or undefined if it is not an issued JWT
   * of this type.
   */
  verify(
    typ: IssuedJwtType,
    token: string,
    watcher?: IssuedJwtWatcher
  ): Promise<{ claims: Record<string, unknown>; kid: string } | { why: string } | undefined>
  /** Decodes a token without verifying it; undefined if it cannot be read. */
  decode(token: string): { header: Record<string, unknown>; payload: Record<string, unknown> } | undefined
  /** The unverified type of a token. */
  typeOf(token: string): IssuedJwtType | undefined
}

/** Longer text is not an issued JWT. Issued JWTs have about 400 characters. */
const MAX_JWT_LENGTH = 2048
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/
const TYPES: readonly IssuedJwtType[] = ['at+jwt', 'sluice-integration+jwt']

/**
 * Issued JWTs have `alg: EdDSA`, a `typ` per kind, and a `kid`. Only an unknown `kid` makes verification read the
 * database.
 */
export function createIssuedJwts(deps: { codec: JwtCodec; keys: SigningKeys; issuer: string }): IssuedJwts {
  const headerOf = (token: string): Record<string, unknown> | undefined =>
    token.length <= MAX_JWT_LENGTH && SHAPE.test(token) ? deps.codec.decode(token)?.header : undefined

  return {
    async sign(typ, claims) {
      const key = await deps.keys.current()
      return {
        text: deps.codec.sign(
          { kid: key.kid, typ },
          { iss: deps.issuer, aud: deps.issuer, ...claims },
          key.privateKeyPem
        ),
        kid: key.kid
      }
    },

    async verify(typ, token, watcher) {
      const check = (name: IssuedJwtCheck, passed: boolean): boolean => {
        watcher?.onCheck(name, passed)
        return passed
      }
      const header = headerOf(token)
      if (!check('form', header !== undefined) || !header) return undefined
      if (!check('type', header.alg === 'EdDSA' && header.typ === typ && typeof header.kid === 'string'))
        return undefined
      const kid = String(header.kid)
      const key = await deps.keys.find(kid)
      if (!check('signing_key', key !== undefined) || !key) return { why: 'unknown_signing_key' }
      let claims
      try {
        claims = deps.codec.verify(token, key.publicKeyPem)
      } catch {
        check('signature', false)
        return { why: 'wrong_signature' }
      }
      check('signature', true)
      if (!check('issuer', claims.iss === deps.issuer && claims.aud === deps.issuer))
        return { why: 'claims_of_another_issuer' }
      return { claims, kid }
    },

    decode: (token) => (token.length <= MAX_JWT_LENGTH ? deps.codec.decode(token) : undefined),

    typeOf(token) {
      const typ = headerOf(token)?.typ
      return TYPES.find((known) => known === typ)
    }
  }
}

/** RFC 9068, section 2.1. */
export const TOKEN_TYPE = 'at+jwt'

/**
 * The claims of an access token that an OAuth client got for its API token. It is not stored, so nothing else is known
 * of it.
 */
export interface AccessTokenClaims {
  /** The id of the API token. */
  clientId: string
  /** Seconds since 1970. */
  issuedAt: number
  /** Seconds since 1970. */
  expiresAt: number
  /** Undefined: the scope of the API token. */
  scope: { workspaces: ReadonlySet<string>; listeners: ReadonlySet<string> } | undefined
}

export interface ApiTokenJwt {
  /** Signs with the current key. The key with the returned `kid` stays until this token has ended. */
  sign(claims: {
    sub: string
    jti: string
    iat: number
    exp?: number
    client_id?: string
    scope?: string
  }): Promise<{ text: string; kid: string }>
  /**
   * Returns the `jti` of a token with a valid signature, with its claims if it is the access token of an OAuth client;
   * or `why` it is invalid; or undefined if it is neither an access token nor an API token in JWT format.
   */
  verify(
    token: string,
    watcher?: IssuedJwtWatcher
  ): Promise<{ jti: string; access?: AccessTokenClaims } | { why: string } | undefined>
}

/** API tokens in JWT format, and the access tokens of OAuth clients (RFC 9068), which have a `client_id`. */
export function createApiTokenJwt(issuedJwts: IssuedJwts): ApiTokenJwt {
  return {
    sign: (claims) => issuedJwts.sign(TOKEN_TYPE, claims),

    async verify(token, watcher) {
      const verified = await issuedJwts.verify(TOKEN_TYPE, token, watcher)
      if (!verified || 'why' in verified) return verified
      const { jti } = verified.claims
      if (typeof jti !== 'string') return { why: 'claims_of_another_issuer' }
      return 'client_id' in verified.claims ? { jti, access: accessClaims(verified.claims) } : { jti }
    }
  }
}

function accessClaims({ client_id, iat, exp, scope }: Readonly<Record<string, unknown>>): AccessTokenClaims {
  const ids = typeof scope === 'string' ? scope.split(' ') : undefined
  return {
    clientId: String(client_id),
    issuedAt: Number(iat),
    expiresAt: Number(exp),
    scope: ids && {
      workspaces: new Set(ids.filter((id) => id.startsWith('wsp_'))),
      listeners: new Set(ids.filter((id) => id.startsWith('lsn_')))
    }
  }
}
