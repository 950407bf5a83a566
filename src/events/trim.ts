import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'

/** Rows of one statement: the rest waits for the next round. */
const BATCH = 10_000

const DELETE = `
  delete from outbox_event where id in (
    select e.id from outbox_event e join workspace w on w.id = e.workspace_id
     where e.created_at < $1::timestamptz - make_interval(days => w.run_retention_days) and e.next_attempt_at is null limit ${BATCH})`

/** Removes events past the time that their workspace keeps its runs, but for those still to be delivered. */
export async function trimEvents({ pool, clock }: { pool: Pool; clock: Clock }): Promise<void> {
  await pool.query(DELETE, [new Date(clock.now())])
}
