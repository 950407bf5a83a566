import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { CloudEvent, EventWait } from '../dsl/index.ts'
import { parseJson } from '../lib/exact-json.ts'

/** Events that one statement reads. */
const PAGE = 100

const FIND = `
  select seq::text, event::text from inbound_event
   where workspace_id = $1 and created_at >= $2 and seq > $3::bigint
     and ($4::text is null or type = $4) and ($5::text is null or source = $5)
   order by inbound_event.seq limit ${PAGE}`

/** Written only while the run is held: its live row is the parent of the wait, which ends with it. */
const REGISTER = `
  insert into event_wait (run_id, key, workspace_id, type, source, correlation, "values")
  select run_id, $3::text, workspace_id, $4::text, $5::text, $6::text, $7::text from live_run
   where run_id = $1 and epoch = $2 and state = 'running'
  on conflict (run_id, key) do update set due = false`

/** The events of workspaces, as runs wait for them. */
export interface EventWaits {
  /** The first event that a wait is for. */
  find(workspaceId: string, wait: EventWait): Promise<CloudEvent | undefined>
  /** Has the run woken by events that may be what it waits for. Look for one again afterwards. */
  register(run: { runId: string; epoch: number }, key: string, wait: EventWait): Promise<void>
}

export function createEventWaits({ pool }: { pool: Pool }): EventWaits {
  return {
    async find(workspaceId, wait) {
      for (let after = '0'; ;) {
        const { rows } = await pool.query<{ seq: string; event: string }>({
          name: 'event_wait_find',
          text: FIND,
          values: [workspaceId, new Date(wait.since), after, wait.type, wait.source]
        })
        for (const row of rows) {
          const event = parseJson(row.event) as CloudEvent
          if (await wait.matches(event)) return event
          after = row.seq
        }
        if (rows.length < PAGE) return undefined
      }
    },

    async register({ runId, epoch }, key, wait) {
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
  }
}
