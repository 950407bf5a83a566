import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Expressions } from '../../dsl/expressions/expressions.ts'
import type { EventWait } from '../../dsl/index.ts'
import type { ArrivedEvent } from '../engine.ts'
import { arrivedValues, OF_EVENT } from './arrived-values.ts'

/** Inserts only while the run is held. The wait refers to the live row of the run, and is deleted with it. */
const REGISTER = `
  insert into event_wait (run_id, key, workspace_id, type, source, correlation, "values")
  select run_id, $3::text, workspace_id, $4::text, $5::text, $6::text, $7::text from live_run
   where run_id = $1 and epoch = $2 and state = 'running'
  on conflict (run_id, key) do update set due = false`

const WAKE = `
  update event_wait set due = true
   where ${OF_EVENT} and correlation = $4 and "values" = $5 and not due`

/**
 * Registers a wait, so that an event that may end it wakes the run. The caller must look for an event again afterwards,
 * because one may have arrived before the registration.
 */
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

/** Marks the waits that an event may end: those whose values it has. */
export async function markWaits(
  deps: { pool: Pool; expressions: Pick<Expressions, 'compile'> },
  arrived: ArrivedEvent
): Promise<void> {
  for await (const values of arrivedValues(deps, 'event_wait', arrived))
    await deps.pool.query({ name: 'inbound_wake', text: WAKE, values })
}
