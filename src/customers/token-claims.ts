import type { CustomerToken } from '../platform/jws/verify-customer-token.ts'
import type { CustomerFields } from './customer.ts'

/** The claims of one token about its customer. An absent claim leaves the stored value as it is. */
export interface CustomerClaimsUpdate {
  workspaceId: string
  externalId: string
  name: string | undefined
  fields: CustomerFields | undefined
  /** `iat`, in milliseconds. */
  issuedAt: number | undefined
  /** `exp`, in milliseconds. */
  expiresAt: number
}

/** Returns the update that a verified token implies; undefined for an admin token, which has no customer. */
export function claimsUpdateOf(
  { customer, issuedAt, expiresAt }: CustomerToken,
  workspaceId: string
): CustomerClaimsUpdate | undefined {
  if (customer.kind === 'admin') return undefined
  // Times are clamped to 1970, because the database cannot store every earlier date.
  return {
    workspaceId,
    externalId: customer.id,
    name: customer.name,
    fields: customer.fields,
    issuedAt: issuedAt === undefined ? undefined : Math.max(issuedAt, 0),
    expiresAt
  }
}

/**
 * Whether `a` replaces `b`: by `iat`, then by `exp`; by `exp` alone if one of them has no `iat`. If they are equal, the
 * later arrival wins, because two tokens of the same second can differ.
 */
export function isNewer(a: CustomerClaimsUpdate, b: CustomerClaimsUpdate): boolean {
  if (a.issuedAt === undefined || b.issuedAt === undefined || a.issuedAt === b.issuedAt)
    return a.expiresAt >= b.expiresAt
  return a.issuedAt > b.issuedAt
}

/**
 * The rule of {@link isNewer} as SQL, so that it also holds against other processes.
 * @param s alias of the new values
 * @param c alias of the stored row
 */
export function newerSql(s: string, c: string): string {
  return `(${s}.token_expires_at is not null and (${c}.token_expires_at is null or case
    when ${s}.token_issued_at is null or ${c}.token_issued_at is null or ${s}.token_issued_at = ${c}.token_issued_at
      then ${s}.token_expires_at >= ${c}.token_expires_at
    else ${s}.token_issued_at > ${c}.token_issued_at end))`
}

/** The assignments of an update, guarded by {@link newerSql}. */
export function updateSql(s: string, c: string): string {
  const newer = newerSql(s, c)
  const guarded = (column: string, value: string): string =>
    `${column} = case when ${newer} then ${value} else ${c}.${column} end`
  return [
    guarded('name', `coalesce(${s}.name, ${c}.name)`),
    guarded('fields', `coalesce(${s}.fields, ${c}.fields)`),
    guarded('token_issued_at', `coalesce(${s}.token_issued_at, ${c}.token_issued_at)`),
    guarded('token_expires_at', `${s}.token_expires_at`),
    `last_active_at = greatest(${c}.last_active_at, ${s}.last_active_at)`
  ].join(',\n    ')
}
