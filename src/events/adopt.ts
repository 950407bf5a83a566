import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'

/**
 * The earlier version moves `next_attempt_at` of an event ahead while it attempts a delivery, so an event that is due
 * is not being attempted.
 */
const ADOPT = `
  with due as (
    update outbox_event set next_attempt_at = null where next_attempt_at <= $1
    returning id, workspace_id, attempts),
  first as (
    select distinct on (workspace_id) workspace_id, id from event_sink where enabled
     order by workspace_id, created_at, id)
  insert into event_delivery (event_id, sink_id, workspace_id, attempts, next_attempt_at)
  select due.id, first.id, due.workspace_id, due.attempts, $1 from due join first using (workspace_id)
  on conflict do nothing`

/**
 * Takes over the pending deliveries of an earlier version, which kept them in the row of the event, and whose processes
 * may have stopped before they made them.
 */
export async function adoptDeliveries({ pool, clock }: { pool: Pool; clock: Clock }): Promise<void> {
  await pool.query(ADOPT, [new Date(clock.now())])
}
