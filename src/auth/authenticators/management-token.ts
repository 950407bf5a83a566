import type { AccountRecord } from '../../accounts/account-cache.ts'
import { isOpaque, tokenDigest } from '../../lib/opaque-token.ts'
import type { TokenRecord } from '../../tokens/token-cache.ts'
import type { Authenticator } from '../authenticate.ts'
import { createTokenLookup, type TokenLookupDeps } from './token-lookup.ts'

/**
 * Authenticates management tokens. The permission is checked at each call. The reach is decided here: the account of
 * the principal has no role of its own, and, if the token has a scope, only the workspaces of the scope.
 */
export function managementTokenAuthenticator(deps: TokenLookupDeps): Authenticator {
  const lookUp = createTokenLookup(deps, (account, token) => ({
    kind: 'management',
    account: limitedTo(account, token.scope),
    token
  }))
  return (credential, origin) => {
    if (credential.carrier === 'basic' || credential.carrier === 'cookie') return undefined
    const text = credential.token.reveal()
    if (!text.startsWith('slm_')) return undefined
    return isOpaque('slm_', text) ? lookUp(tokenDigest(text), origin) : { known: false, why: 'malformed' }
  }
}

/** Management tokens call no listeners: recognized, and refused. */
export function refuseManagementTokens(authenticator: Authenticator): Authenticator {
  return async (credential, origin) => {
    const result = await authenticator(credential, origin)
    if (!result?.known || result.principal.kind !== 'management') return result
    return { known: false, why: 'management_token', tokenId: result.principal.token.id }
  }
}

function limitedTo(account: AccountRecord, scope: TokenRecord['scope']): AccountRecord {
  if (!scope) return { ...account, role: 'user' }
  const memberships = new Map([...account.memberships].filter(([id]) => scope.workspaces.has(id)))
  return { ...account, role: 'user', memberships, isLimited: true }
}
