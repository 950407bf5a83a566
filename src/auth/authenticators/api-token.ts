import { createLru } from '../../lib/lru.ts'
import { tokenDigest, isOpaque } from '../../lib/opaque-token.ts'
import type { AccessTokenClaims, ApiTokenJwt } from '../../tokens/jwt.ts'
import type { FindTokenDigest } from '../../tokens/token-digests.ts'
import type { AuthenticationResult, Origin } from '../principal.ts'
import type { Authenticator } from '../authenticate.ts'
import { createTokenLookup, type TokenLookupDeps } from './token-lookup.ts'

export interface ApiTokenAuthenticatorDeps extends TokenLookupDeps {
  apiTokenJwt: ApiTokenJwt
  findTokenDigest: FindTokenDigest
}

const REMEMBERED_SIGNATURES = 50_000

/**
 * Authenticates API tokens in both forms, and the access tokens of OAuth clients, which end with their API token. A
 * wrong checksum or signature is rejected without a database query.
 */
export function apiTokenAuthenticator(deps: ApiTokenAuthenticatorDeps): Authenticator {
  /**
   * Digests of JWTs whose signature was verified, with the claims of access tokens. They cover the exact bytes, so no
   * other text matches.
   */
  const verified = createLru<AccessTokenClaims | 'api token'>(REMEMBERED_SIGNATURES)
  const lookUp = createTokenLookup(deps, (account, token) => ({ kind: 'token', account, token }))

  async function verifyJwt(text: string, digest: string, origin: Origin): Promise<AuthenticationResult> {
    const checked = await deps.apiTokenJwt.verify(text)
    if (!checked) return undefined
    if ('why' in checked) return { known: false, why: checked.why }
    verified.set(digest, checked.access ?? 'api token')
    return checked.access ? lookUpClient(checked.access, origin) : lookUp(digest, origin)
  }

  /** The API token of an OAuth client, with all its checks. */
  async function lookUpClient(access: AccessTokenClaims, origin: Origin): Promise<AuthenticationResult> {
    const { clientId } = access
    const expiresAt = access.expiresAt * 1000
    if (expiresAt <= deps.clock.now()) return { known: false, kind: 'oauth', why: 'expired', tokenId: clientId }
    const digest = await deps.findTokenDigest(clientId)
    const result = digest === undefined ? undefined : await lookUp(digest, origin)
    if (result?.known !== true) return { known: false, why: 'unknown', ...result, kind: 'oauth' }
    const { principal } = result
    if (principal.kind !== 'token' || principal.token.permissions)
      return { known: false, kind: 'oauth', why: 'unknown' }
    const token = { ...principal.token, expiresAt: Math.min(expiresAt, principal.token.expiresAt) }
    return { known: true, principal: { ...principal, token, access } }
  }

  return (credential, origin) => {
    if (credential.carrier === 'basic' || credential.carrier === 'cookie') return undefined
    const text = credential.token.reveal()
    if (text.startsWith('slc_'))
      return isOpaque('slc_', text) ? lookUp(tokenDigest(text), origin) : { known: false, why: 'malformed' }
    if (!text.startsWith('ey')) return undefined
    const digest = tokenDigest(text)
    const known = verified.get(digest)
    if (known === undefined) return verifyJwt(text, digest, origin)
    return known === 'api token' ? lookUp(digest, origin) : lookUpClient(known, origin)
  }
}
