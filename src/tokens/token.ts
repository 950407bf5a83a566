import type { Token } from '../platform/db/client.ts'
import type { Permission } from './permissions.ts'

export type TokenFormat = 'opaque' | 'jwt'
/**
 * `live`: neither expired nor revoked. `expired`: `expires_at` has passed. `revoked`: `revoked_at` is set, only by the
 * `update` of `revokeWhere`; it wins over `expired` and is final. Rotation sets `replaced_by_id` and brings
 * `expires_at` forward to the end of the overlap; until then a rotated token is live.
 */
export type TokenState = 'live' | 'expired' | 'revoked'

/** How much of a token is shown after it was created. */
export const START_LENGTH = 12

/** The listeners that a token may call: all listeners of these workspaces, and these listeners. */
export interface TokenScope {
  workspaces?: string[] | undefined
  listeners?: string[] | undefined
}

export interface RateLimit {
  limit: number
  windowSeconds: number
}

/** Strings by key, for the owner's own use. */
export type TokenMetadata = Readonly<Record<string, string>>

/** A token as its owner sees it: everything except its text. */
export interface PublicToken {
  id: string
  name: string
  format: TokenFormat
  /** The first {@link START_LENGTH} characters of the token, or of the `jti` of a JWT. */
  start: string
  scope: TokenScope | null
  allowedIps: string[]
  rateLimit: RateLimit | null
  /** Calls per UTC day. */
  dailyQuota: number | null
  /** False = it is refused until it is switched on again. */
  enabled: boolean
  description: string | null
  metadata: TokenMetadata
  /** What a management token may do; null for an API token. */
  permissions: Permission[] | null
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
  revokeReason: string | null
  /** The token that this one replaced by rotation. */
  replaces: string | null
  /** The token that replaces this one. This one works until `expiresAt`, when the overlap ends. */
  replacedBy: string | null
}

/** A token as the API shows it: without its digest. */
export function publicToken(token: Token): PublicToken {
  return {
    id: token.id,
    name: token.name,
    format: token.format as TokenFormat,
    start: token.start,
    scope: scopeOf(token),
    allowedIps: token.allowedIps,
    rateLimit: token.rateLimit as RateLimit | null,
    dailyQuota: token.dailyQuota,
    enabled: token.enabled,
    description: token.description,
    metadata: token.metadata as TokenMetadata,
    permissions: token.permissions.length > 0 ? (token.permissions as Permission[]) : null,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString() ?? null,
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    revokedAt: token.revokedAt?.toISOString() ?? null,
    revokeReason: token.revokeReason,
    replaces: token.replacesId,
    replacedBy: token.replacedById
  }
}

/** The columns that hold a scope. Absent or empty = every listener that the account may call. */
export function scopeColumns(scope: TokenScope | null | undefined): {
  scoped: boolean
  workspaceIds: string[]
  listenerIds: string[]
} {
  const workspaceIds = [...new Set(scope?.workspaces)]
  const listenerIds = [...new Set(scope?.listeners)]
  return { scoped: workspaceIds.length + listenerIds.length > 0, workspaceIds, listenerIds }
}

function scopeOf(token: Pick<Token, 'scoped' | 'workspaceIds' | 'listenerIds'>): TokenScope | null {
  if (!token.scoped) return null
  return {
    ...(token.workspaceIds.length > 0 ? { workspaces: token.workspaceIds } : {}),
    ...(token.listenerIds.length > 0 ? { listeners: token.listenerIds } : {})
  }
}
