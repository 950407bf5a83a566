import type { AccountRecord } from '../accounts/account-cache.ts'
import { endSession } from '../accounts/end-sessions.ts'
import { isLive } from '../accounts/session-life.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import type { Clock } from '../lib/clock.ts'
import { tokenDigestBytes, isOpaque } from '../lib/opaque-token.ts'
import { findTokensInText } from './secret-scanner.ts'
import type { CredentialKind, IssuedCredential } from './introspect.ts'
import { revokeToken } from './revoke.ts'
import { publicToken, type TokenScope } from './token.ts'

export interface IntrospectDeps {
  database: Database
  changes: Changes
  clock: Clock
  audit: Audit
  /** The issuer. */
  publicUrl: string
}

/**
 * API tokens in both formats. The digest covers the exact bytes that were issued, so a JWT needs no signature check.
 */
export function tokenKind(deps: IntrospectDeps): CredentialKind {
  return async (text) => {
    const [found] = findTokensInText(text)
    if (!found || (found.kind !== 'token' && found.kind !== 'jwt') || found.text !== text) return undefined
    const token = await deps.database.prisma.token.findUnique({
      where: { digest: tokenDigestBytes(text) },
      include: { account: true }
    })
    if (!token) return undefined
    const scope = scopeText(publicToken(token).scope)
    return {
      ...ownedBy(token.accountId),
      reach: token,
      active: isActive(token, deps.clock.now()),
      claims: {
        kind: token.permissions.length > 0 ? 'management' : 'token',
        token_type: 'Bearer',
        sub: token.accountId,
        username: token.account.email,
        iss: deps.publicUrl,
        jti: token.id,
        iat: seconds(token.createdAt),
        ...(token.expiresAt ? { exp: seconds(token.expiresAt) } : {}),
        ...(scope ? { scope } : {})
      },
      revoke: (actor) => revokeToken(deps, token.accountId, token.id, actor)
    }
  }
}

/** Session tokens. Revoking one ends the session. */
export function sessionKind(deps: IntrospectDeps): CredentialKind {
  return async (text) => {
    if (!isOpaque('sls_', text)) return undefined
    const session = await deps.database.prisma.session.findUnique({
      where: { digest: tokenDigestBytes(text) },
      include: { account: true }
    })
    if (!session) return undefined
    return {
      ...ownedBy(session.accountId),
      active: !session.account.suspendedAt && isLive(session, deps.clock.now()),
      claims: {
        kind: 'session',
        token_type: 'Bearer',
        sub: session.accountId,
        username: session.account.email,
        iss: deps.publicUrl,
        jti: session.id,
        iat: seconds(session.createdAt),
        exp: seconds(session.expiresAt)
      },
      revoke: (actor) => endSession(deps, session.id, actor)
    }
  }
}

function ownedBy(accountId: string): Pick<IssuedCredential, 'isVisibleTo' | 'isRevocableBy'> {
  const isOwner = (account: AccountRecord): boolean => account.id === accountId
  return { isVisibleTo: isOwner, isRevocableBy: isOwner }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

/** Whether an API token may be used, from any address. */
export function isActive(
  token: { revokedAt: Date | null; enabled: boolean; expiresAt: Date | null; account: { suspendedAt: Date | null } },
  now: number
): boolean {
  return (
    !token.revokedAt && token.enabled && !token.account.suspendedAt && (token.expiresAt?.getTime() ?? Infinity) > now
  )
}

/** The scope as space-separated OAuth scope tokens (RFC 6749, section 3.3). */
export function scopeText(scope: TokenScope | null): string {
  return [
    ...(scope?.workspaces ?? []).map((id) => `workspace:${id}`),
    ...(scope?.listeners ?? []).map((id) => `listener:${id}`)
  ].join(' ')
}
