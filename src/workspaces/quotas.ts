import type { Prisma } from '../platform/db/client.ts'
import { Fault } from '../lib/fault.ts'

/** How much one account or workspace may hold: enough for real use, and an end to what one of them can cost the others. */
export const WORKSPACE_LIMITS = Object.freeze({
  workspacesOfAccount: 100,
  members: 200,
  flows: 1_000,
  listeners: 1_000,
  secrets: 200,
  /** They are made by calls, not by members: whoever has a key of the workspace could make them without end. */
  customers: 100_000,
  /** Of all secrets together, sealed. */
  secretBytes: 1024 * 1024
})

/** One change of a workspace's contents at a time: what is counted or compared stays true until the commit. @throws Fault `not_found` */
export async function lockWorkspace(tx: Prisma.TransactionClient, workspaceId: string): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`select 1 from workspace where id = ${workspaceId} for update`
  if (rows.length === 0) throw new Fault('not_found', { why: 'workspace_deleted' })
}

/** @throws Fault `conflict` where there is no room for one more */
export function requireQuota(count: number, limit: number, what: string): void {
  if (count >= limit) throw quotaExceeded(limit, what)
}

export function quotaExceeded(limit: number, what: string): Fault {
  return new Fault('conflict', { why: 'limit_reached', detail: `There can be at most ${limit} ${what}.` })
}
