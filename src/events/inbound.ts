import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'
import { DELETE_BATCH, inBatches } from '../platform/db/delete-batches.ts'

/** The key of an event within its workspace (CloudEvents 1.0.2, section "id": source and id together are unique). */
export function eventKey({ source, id }: { source: string; id: string }): string {
  return createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('base64url')
}

const DELETE = `
  delete from inbound_event where seq in (
    select e.seq from inbound_event e join workspace w on w.id = e.workspace_id
     where e.created_at < $1::timestamptz - make_interval(days => w.run_retention_days)
       and not e.pending limit ${DELETE_BATCH})`

/**
 * Removes events older than the run retention of their workspace, except those that are still to be routed. A removed
 * event is accepted as new if it is sent again.
 */
export async function trimInbound({ pool, clock }: { pool: Pool; clock: Clock }, signal?: AbortSignal): Promise<void> {
  const now = new Date(clock.now())
  await inBatches(DELETE_BATCH, async () => (await pool.query(DELETE, [now])).rowCount ?? 0, { signal })
}
