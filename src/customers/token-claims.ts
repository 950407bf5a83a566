import type { CustomerToken } from '../platform/jws/verify-customer-token.ts'
import type { CustomerFields } from './customer.ts'

/** What one token says of its customer. Absent = it says nothing, and what was known stays. */
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

/** Undefined for an admin token, which speaks for nobody. */
export function claimsUpdateOf(
  { customer, issuedAt, expiresAt }: CustomerToken,
  workspaceId: string
): CustomerClaimsUpdate | undefined {
  if (customer.kind === 'admin') return undefined
  // Before 1970 there is nothing to tell apart, and the database knows no year -6000.
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
 * Whether `a` may replace what `b` said: by `iat`, then by `exp`; where one of them has no `iat`, by `exp` alone. Of equals the one that came
 * last wins: two tokens of the same second may differ.
 */
export function isNewer(a: CustomerClaimsUpdate, b: CustomerClaimsUpdate): boolean {
  if (a.issuedAt === undefined || b.issuedAt === undefined || a.issuedAt === b.issuedAt)
    return a.expiresAt >= b.expiresAt
  return a.issuedAt > b.issuedAt
}

/** The same rule where it must hold against every other process: in the statement that writes. `s` and `c` name what was seen and what is kept. */
export function newerSql(s: string, c: string): string {
  return `(${s}.token_expires_at is not null and (${c}.token_expires_at is null or case
    when ${s}.token_issued_at is null or ${c}.token_issued_at is null or ${s}.token_issued_at = ${c}.token_issued_at then ${s}.token_expires_at >= ${c}.token_expires_at
    else ${s}.token_issued_at > ${c}.token_issued_at end))`
}

/** The assignments that follow a update, guarded by {@link newerSql}. */
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
