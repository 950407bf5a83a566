import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'

/** An attempt of the earlier version moves `next_attempt_at` of its event ahead: what is due is in nobody's hands. */
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
 * Takes over the deliveries of processes of an earlier version, which wrote them into the event's own row and may have
 * stopped before they were made.
 */
export async function adoptDeliveries({ pool, clock }: { pool: Pool; clock: Clock }): Promise<void> {
  await pool.query(ADOPT, [new Date(clock.now())])
}
