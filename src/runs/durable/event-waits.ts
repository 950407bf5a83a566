import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Expressions } from '../../dsl/expressions/expressions.ts'
import type { EventWait } from '../../dsl/index.ts'
import type { ArrivedEvent } from '../engine.ts'
import { arrivedValues, OF_EVENT } from './arrived-values.ts'

/** Written only while the run is held: its live row is the parent of the wait, which ends with it. */
const REGISTER = `
  insert into event_wait (run_id, key, workspace_id, type, source, correlation, "values")
  select run_id, $3::text, workspace_id, $4::text, $5::text, $6::text, $7::text from live_run
   where run_id = $1 and epoch = $2 and state = 'running'
  on conflict (run_id, key) do update set due = false`

const WAKE = `
  update event_wait set due = true
   where ${OF_EVENT} and correlation = $4 and "values" = $5 and not due`

/** Has the run woken by events that may be what it waits for. Look for one again afterwards. */
export async function registerWait(
  pool: Pool,
  { runId, epoch }: { runId: string; epoch: number },
  key: string,
  wait: EventWait
): Promise<void> {
  await pool.query({
    name: 'event_wait_register',
    text: REGISTER,
    values: [
      runId,
      epoch,
      createHash('sha256').update(key).digest('base64url'),
      wait.type,
      wait.source,
      JSON.stringify(wait.from),
      wait.values
    ]
  })
}

/** Marks the waits whose values an event has. */
export async function markWaits(
  deps: { pool: Pool; expressions: Pick<Expressions, 'compile'> },
  arrived: ArrivedEvent
): Promise<void> {
  for await (const values of arrivedValues(deps, 'event_wait', arrived))
    await deps.pool.query({ name: 'inbound_wake', text: WAKE, values })
}
