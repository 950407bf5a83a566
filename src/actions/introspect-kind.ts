import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { CredentialKind } from '../tokens/introspect.ts'
import { hasRole } from '../workspaces/access.ts'
import type { ActionRecord } from './action-cache.ts'
import { type IntegrationTokens, revokeIntegrationToken } from './integration-token.ts'

export interface IntegrationKindDeps {
  changes: Changes
  audit: Audit
  actions: RecordCache<ActionRecord>
  integrationTokens: IntegrationTokens
  /** The issuer. */
  publicUrl: string
}

/**
 * Integration tokens for introspection and revocation. The token's user and the members of the action's workspace may
 * see a token; the user and the workspace's editors may revoke it. A token whose action was deleted is unknown, because
 * it can never be valid again.
 */
export function integrationKind(deps: IntegrationKindDeps): CredentialKind {
  return async (text) => {
    const claims = await deps.integrationTokens.read(text)
    const action = claims && (await deps.actions.get(claims.action))
    if (!claims || !action) return undefined
    const { workspaceId } = action
    const verified = await deps.integrationTokens.verify(text)
    const isUser = (account: AccountRecord): boolean => account.id === claims.sub
    const { jti, sub, iat, exp } = claims
    return {
      isVisibleTo: (account) => isUser(account) || hasRole(account, workspaceId, 'viewer'),
      isRevocableBy: (account) => isUser(account) || hasRole(account, workspaceId, 'editor'),
      reach: { workspaceId },
      active: verified !== undefined && !('why' in verified),
      claims: {
        kind: 'integration',
        token_type: 'Bearer',
        sub,
        iss: deps.publicUrl,
        jti,
        iat,
        exp,
        actionPackageId: action.id,
        scope: [...action.listenerIds].map((id) => `listener:${id}`).join(' ')
      },
      revoke: (actor, reason) => revokeIntegrationToken(deps, claims, workspaceId, actor, reason)
    }
  }
}
