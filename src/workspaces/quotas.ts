import type { Prisma } from '../platform/db/client.ts'
import { Fault } from '../lib/fault.ts'

/** How much one account or workspace can hold: enough for real use, and a bound on what it can cost the others. */
export const WORKSPACE_LIMITS = Object.freeze({
  workspacesOfAccount: 100,
  members: 200,
  flows: 1_000,
  versionsOfFlow: 1_000,
  listeners: 1_000,
  secrets: 200,
  /** Calls create customers. Without a limit, anybody with a key of the workspace could create any number of them. */
  customers: 100_000,
  /** The size of all secrets together, sealed. */
  secretBytes: 1024 * 1024
})

/**
 * Locks a workspace until the transaction ends, so that counts and comparisons in the transaction stay true.
 * @throws Fault `not_found`
 */
export async function lockWorkspace(tx: Prisma.TransactionClient, workspaceId: string): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`select 1 from workspace where id = ${workspaceId} for update`
  if (rows.length === 0) throw new Fault('not_found', { why: 'workspace_deleted' })
}

/** @throws Fault `conflict` if `count` has reached `limit` */
export function requireQuota(count: number, limit: number, what: string): void {
  if (count >= limit) throw quotaExceeded(limit, what)
}

/** The fault of a reached quota. @param what the counted things in the plural, for the message */
export function quotaExceeded(limit: number, what: string): Fault {
  return new Fault('conflict', { why: 'limit_reached', detail: `There can be at most ${limit} ${what}.` })
}
