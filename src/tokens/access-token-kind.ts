import type { Clock } from '../lib/clock.ts'
import type { Database } from '../platform/db/client.ts'
import type { CredentialKind } from './introspect.ts'
import type { ApiTokenJwt } from './jwt.ts'
import { isActive, scopeText } from './introspect-kinds.ts'
import { publicToken } from './token.ts'

/**
 * Access tokens of OAuth clients, as introspection sees them. They are not stored, so none can be revoked on its own.
 */
export function accessTokenKind(deps: {
  database: Database
  clock: Clock
  apiTokenJwt: ApiTokenJwt
  publicUrl: string
}): CredentialKind {
  return async (text) => {
    const verified = await deps.apiTokenJwt.verify(text)
    if (!verified || 'why' in verified || !verified.access) return undefined
    const { clientId, issuedAt, expiresAt, scope: narrowed } = verified.access
    const token = await deps.database.prisma.token.findUnique({ where: { id: clientId }, include: { account: true } })
    if (!token) return undefined
    const now = deps.clock.now()
    const scope = narrowed
      ? scopeText({ workspaces: [...narrowed.workspaces], listeners: [...narrowed.listeners] })
      : scopeText(publicToken(token).scope)
    return {
      isVisibleTo: ({ id }) => id === token.accountId,
      isRevocableBy: () => false,
      reach: token,
      active: expiresAt * 1000 > now && isActive(token, now),
      claims: {
        kind: 'oauth',
        token_type: 'Bearer',
        sub: clientId,
        client_id: clientId,
        username: token.account.email,
        iss: deps.publicUrl,
        jti: verified.jti,
        iat: issuedAt,
        exp: expiresAt,
        ...(scope ? { scope } : {})
      },
      async revoke() {}
    }
  }
}
