import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Expressions } from '../../dsl/expressions/expressions.ts'
import { evaluateCorrelation, type EventWait } from '../../dsl/index.ts'
import type { ArrivedEvent } from '../engine.ts'

/** Written only while the run is held: its live row is the parent of the wait, which ends with it. */
const REGISTER = `
  insert into event_wait (run_id, key, workspace_id, type, source, correlation, "values")
  select run_id, $3::text, workspace_id, $4::text, $5::text, $6::text, $7::text from live_run
   where run_id = $1 and epoch = $2 and state = 'running'
  on conflict (run_id, key) do update set due = false`

const OF_EVENT = '(type is null or type = $2) and (source is null or source = $3)'
const CORRELATIONS = `select distinct correlation from event_wait where workspace_id = $1 and ${OF_EVENT}`
const WAKE = `
  update event_wait set due = true
   where workspace_id = $1 and ${OF_EVENT} and correlation = $4 and "values" = $5 and not due`

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

/** Marks the waits whose values an event has. Each list of expressions is evaluated once, however many runs wait. */
export async function markWaits(
  { pool, expressions }: { pool: Pool; expressions: Pick<Expressions, 'compile'> },
  { workspaceId, type, source, event }: ArrivedEvent
): Promise<void> {
  const { rows } = await pool.query<{ correlation: string }>({
    name: 'inbound_correlations',
    text: CORRELATIONS,
    values: [workspaceId, type, source]
  })
  for (const { correlation } of rows) {
    const from = JSON.parse(correlation) as string[]
    const values = await evaluateCorrelation(expressions, from, event, { key: workspaceId })
    await pool.query({ name: 'inbound_wake', text: WAKE, values: [workspaceId, type, source, correlation, values] })
  }
}
