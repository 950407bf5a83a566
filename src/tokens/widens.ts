import { createCidrSet } from '../lib/ip-address.ts'
import type { Prisma, Token } from '../platform/db/client.ts'
import { publicToken, type RateLimit, type TokenMetadata, type TokenScope } from './token.ts'

/** Omitted fields stay as they are. */
export interface TokenChange {
  name?: string | undefined
  /** null = every listener that the account may call. */
  scope?: TokenScope | null | undefined
  /** null = from any address. */
  allowedIps?: readonly string[] | null | undefined
  rateLimit?: RateLimit | null | undefined
  /** Calls per UTC day; null = no quota. */
  dailyQuota?: number | null | undefined
  /** null = never. A time in the past means now. */
  expiresAt?: Date | null | undefined
  enabled?: boolean | undefined
  description?: string | null | undefined
  metadata?: TokenMetadata | undefined
}

/** Whether a change lets a token do anything that it could not do before. */
export async function widens(tx: Prisma.TransactionClient, token: Token, change: TokenChange): Promise<boolean> {
  const before = publicToken(token)
  return (
    (change.scope !== undefined && (await isWiderScope(tx, before.scope, change.scope))) ||
    (change.allowedIps !== undefined && areWiderAddresses(before.allowedIps, change.allowedIps ?? [])) ||
    (change.rateLimit !== undefined && isHigherLimit(before.rateLimit, change.rateLimit)) ||
    (change.dailyQuota !== undefined && isHigherQuota(before.dailyQuota, change.dailyQuota)) ||
    (change.expiresAt !== undefined && isLater(token.expiresAt, change.expiresAt))
  )
}

/** Whether the second expiry is later than the first one; null = never. */
export function isLater(before: Date | null, after: Date | null): boolean {
  return before !== null && (after === null || after.getTime() > before.getTime())
}

async function isWiderScope(
  tx: Prisma.TransactionClient,
  before: TokenScope | null,
  after: TokenScope | null
): Promise<boolean> {
  if (!before) return false
  if (!after) return true
  const { workspaces = [], listeners = [] } = before
  if (after.workspaces?.some((id) => !workspaces.includes(id))) return true
  const added = (after.listeners ?? []).filter((id) => !listeners.includes(id))
  if (added.length === 0) return false
  const covered = await tx.listener.count({ where: { id: { in: added }, workspaceId: { in: [...workspaces] } } })
  return covered < new Set(added).size
}

/** No addresses = any address. */
function areWiderAddresses(before: readonly string[], after: readonly string[]): boolean {
  if (before.length === 0) return false
  if (after.length === 0) return true
  const covers = createCidrSet(before)
  return after.some((cidr) => !covers(cidr))
}

/** A limit counts as higher unless every window, wherever it begins, allows at most as many calls as before. */
function isHigherLimit(before: RateLimit | null, after: RateLimit | null): boolean {
  if (!before) return false
  return !after || after.limit > before.limit || after.windowSeconds < before.windowSeconds
}

function isHigherQuota(before: number | null, after: number | null): boolean {
  return before !== null && (after === null || after > before)
}
