import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../../lib/clock.ts'
import { deleteBatches } from '../../platform/db/delete-batches.ts'

/** How long expired links and invitations are kept: an owner may still resend an expired invitation. */
const KEPT_MS = 30 * DAY_MS

/** Deletes links and invitations that nobody can use any more. */
export async function trimLinks({ pool, clock }: { pool: Pool; clock: Clock }, signal?: AbortSignal): Promise<void> {
  const values = [new Date(clock.now() - KEPT_MS)]
  for (const table of ['link', 'invitation'])
    await deleteBatches(pool, { table, where: 'expires_at < $1', values }, signal)
}
