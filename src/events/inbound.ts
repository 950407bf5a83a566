import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'

/** Names an event within its workspace (CloudEvents 1.0.2, section "id": source and id together are unique). */
export function eventKey({ source, id }: { source: string; id: string }): string {
  return createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('base64url')
}

/** Rows of one statement: the rest waits for the next round. */
const BATCH = 10_000

const DELETE = `
  delete from inbound_event where seq in (
    select e.seq from inbound_event e join workspace w on w.id = e.workspace_id
     where e.created_at < $1::timestamptz - make_interval(days => w.run_retention_days)
       and not e.pending limit ${BATCH})`

/**
 * Removes events older than the run retention of their workspace, except those that are still to be routed. An event
 * that was removed may come again.
 */
export async function trimInbound({ pool, clock }: { pool: Pool; clock: Clock }): Promise<void> {
  await pool.query(DELETE, [new Date(clock.now())])
}
