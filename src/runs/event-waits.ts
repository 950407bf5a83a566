import type { Pool } from 'pg'
import type { CloudEvent, EventWait } from '../dsl/index.ts'
import { parseJson } from '../lib/exact-json.ts'

/** How many events one statement reads. */
const PAGE = 100

const FIND = `
  select seq::text, event::text from inbound_event
   where workspace_id = $1 and created_at >= $2 and seq > $3::bigint
     and ($4::text is null or type = $4) and ($5::text is null or source = $5)
   order by inbound_event.seq limit ${PAGE}`

/** Finds the events that runs wait for. */
export interface EventWaits {
  /** The first event that ends a wait; undefined while there is none. */
  find(workspaceId: string, wait: EventWait): Promise<CloudEvent | undefined>
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
    }
  }
}
