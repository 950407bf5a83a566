import { LRUCache } from 'lru-cache'
import { tokenDigest, isOpaque } from '../../lib/opaque-token.ts'
import type { ApiTokenJwt } from '../../tokens/jwt.ts'
import type { AuthenticationResult, Origin } from '../principal.ts'
import type { Authenticator } from '../authenticate.ts'
import { createTokenLookup, type TokenLookupDeps } from './token-lookup.ts'

export interface ApiTokenAuthenticatorDeps extends TokenLookupDeps {
  apiTokenJwt: ApiTokenJwt
}

const REMEMBERED_SIGNATURES = 50_000

/** Authenticates API tokens in both forms. A wrong checksum or signature is rejected without a database query. */
export function apiTokenAuthenticator(deps: ApiTokenAuthenticatorDeps): Authenticator {
  /** Digests of JWTs whose signature was verified. They cover the exact bytes, so no other text matches. */
  const verified = new LRUCache<string, true>({ max: REMEMBERED_SIGNATURES })
  const lookUp = createTokenLookup(deps, (account, token) => ({ kind: 'token', account, token }))

  async function verifyJwt(text: string, digest: string, origin: Origin): Promise<AuthenticationResult> {
    const checked = await deps.apiTokenJwt.verify(text)
    if (!checked) return undefined
    if ('why' in checked) return { known: false, why: checked.why }
    verified.set(digest, true)
    return lookUp(digest, origin)
  }

  return (credential, origin) => {
    if (credential.carrier === 'basic' || credential.carrier === 'cookie') return undefined
    const text = credential.token.reveal()
    if (text.startsWith('slc_'))
      return isOpaque('slc_', text) ? lookUp(tokenDigest(text), origin) : { known: false, why: 'malformed' }
    if (!text.startsWith('ey')) return undefined
    const digest = tokenDigest(text)
    return verified.get(digest) ? lookUp(digest, origin) : verifyJwt(text, digest, origin)
  }
}
