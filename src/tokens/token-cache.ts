import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import { createIpMatcher } from '../lib/ip-address.ts'
import type { Permission } from './permissions.ts'
import type { RateLimit, TokenFormat } from './token.ts'

/** The fields of a token that decide about a call. */
export interface TokenRecord {
  id: string
  /**
   * The first token of the rotations that led to this one. It identifies the caller of repeated calls
   * (Idempotency-Key).
   */
  firstId: string
  accountId: string
  name: string
  format: TokenFormat
  /** Milliseconds since the epoch, or Infinity. */
  expiresAt: number
  revoked: boolean
  /** Whether it was switched off. */
  enabled: boolean
  /** What a management token may do. Undefined: it is an API token, which calls listeners. */
  permissions: ReadonlySet<Permission> | undefined
  /** Undefined: every listener that the account may call. */
  scope: { workspaces: ReadonlySet<string>; listeners: ReadonlySet<string> } | undefined
  /** Undefined: from anywhere. */
  allowsIp: ((ip: string) => boolean) | undefined
  rateLimit: RateLimit | undefined
  /** Calls in a UTC day. */
  dailyQuota: number | undefined
}

interface Row {
  id: string
  first_id: string
  account_id: string
  name: string
  format: TokenFormat
  expires_at: Date | null
  revoked: boolean
  enabled: boolean
  permissions: Permission[]
  scoped: boolean
  workspace_ids: string[]
  listener_ids: string[]
  allowed_ips: string[]
  rate_limit: RateLimit | null
  daily_quota: number | null
}

const BY_DIGEST = `
  select id, account_id, name, format, expires_at, revoked_at is not null as revoked, enabled, permissions, scoped,
         workspace_ids, listener_ids, allowed_ips, rate_limit, daily_quota,
         case when replaces_id is null then id else first_token_of(id) end as first_id
    from token where digest = $1`

/** Tokens by their digest, base64. */
export function createTokenCache(deps: CacheDeps): RecordCache<TokenRecord> {
  return createRecordCache(deps, {
    topic: 'token',
    async load(digest) {
      const {
        rows: [row]
      } = await deps.database.pool.query<Row>({
        name: 'token_by_digest',
        text: BY_DIGEST,
        values: [Buffer.from(digest, 'base64')]
      })
      return row && recordOf(row)
    }
  })
}

function recordOf(row: Row): TokenRecord {
  return {
    id: row.id,
    firstId: row.first_id,
    accountId: row.account_id,
    name: row.name,
    format: row.format,
    expiresAt: row.expires_at?.getTime() ?? Infinity,
    revoked: row.revoked,
    enabled: row.enabled,
    permissions: row.permissions.length > 0 ? new Set(row.permissions) : undefined,
    scope: row.scoped ? { workspaces: new Set(row.workspace_ids), listeners: new Set(row.listener_ids) } : undefined,
    allowsIp: row.allowed_ips.length > 0 ? createIpMatcher(row.allowed_ips) : undefined,
    rateLimit: row.rate_limit ?? undefined,
    dailyQuota: row.daily_quota ?? undefined
  }
}
