import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Expressions } from '../../dsl/expressions/expressions.ts'
import type { CloudEvent, EventWait } from '../../dsl/index.ts'
import { arrivedValues, OF_EVENT } from '../durable/arrived-values.ts'
import type { ArrivedEvent, NewRun } from '../engine.ts'
import type { EventWaits } from '../event-waits.ts'
import type { RestateClient } from './client.ts'

const REGISTER = `
  insert into restate_wait (run_id, key, workspace_id, type, source, correlation, "values", invocation_id, signal)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (run_id, key) do nothing`

const WAITING = `
  select run_id as "runId", key, invocation_id as "invocationId", signal from restate_wait
   where ${OF_EVENT} and correlation = $4 and "values" = $5`
const FORGET = 'delete from restate_wait where run_id = $1 and key = $2'

/** The runs that wait for an event in Restate, and the signals that end their waits. */
export interface RestateWaits {
  /**
   * Looks for the event of a wait. If there is none, registers the wait, so that the invocation gets this signal when
   * an event arrives that may end it, and looks once more.
   */
  look(invocationId: string, run: NewRun, signal: string, wait: EventWait): Promise<CloudEvent | undefined>
  /** Signals each invocation that may wait for this event, once. */
  wake(arrived: ArrivedEvent): Promise<void>
}

export function createRestateWaits(deps: {
  pool: Pool
  expressions: Pick<Expressions, 'compile'>
  events: EventWaits
  client: Pick<RestateClient, 'signal'>
}): RestateWaits {
  const { pool, expressions, events, client } = deps

  return {
    async look(invocationId, run, signal, wait) {
      const found = await events.find(run.workspaceId, wait)
      if (found !== undefined) return found
      const values = [
        run.id,
        createHash('sha256').update(signal).digest('base64url'),
        run.workspaceId,
        wait.type,
        wait.source,
        JSON.stringify(wait.from),
        wait.values,
        invocationId,
        signal
      ]
      await pool.query({ name: 'restate_wait', text: REGISTER, values })
      // An event that arrived before the wait was registered signals nobody.
      return events.find(run.workspaceId, wait)
    },

    async wake(arrived) {
      for await (const values of arrivedValues({ pool, expressions }, 'restate_wait', arrived)) {
        const { rows: waiting } = await pool.query<{
          runId: string
          key: string
          invocationId: string
          signal: string
        }>({
          name: 'restate_waiting',
          text: WAITING,
          values
        })
        for (const { runId, key, invocationId, signal } of waiting) {
          await client.signal(invocationId, signal, null)
          await pool.query({ name: 'restate_wait_told', text: FORGET, values: [runId, key] })
        }
      }
    }
  }
}
