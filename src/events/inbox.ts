import type { Pool } from 'pg'
import type { CloudEvent } from '../dsl/index.ts'
import { type Clock, MINUTE_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { createHeldAmounts, type HeldAmounts } from '../lib/held-amounts.ts'
import { pointerTo } from '../lib/json-pointer.ts'
import { queueFullHeaders } from '../platform/rate-limits/headers.ts'
import type { Membership } from '../workspaces/access.ts'
import { EVENT_MAX_BYTES } from './emit.ts'
import { eventKey } from './inbound.ts'

export const INBOX_LIMITS = Object.freeze({
  /** The most events of one request. */
  batch: 1_000,
  /** The most bytes of one request. */
  requestBytes: 8 * 1024 * 1024,
  /** The most events that a workspace accepts in a minute. */
  perMinute: 6_000
})

/** How old the count of the last minute may be. */
const COUNT_AGE_MS = 1_000

/** Rows are locked in the order of keys, so that two batches never deadlock. */
const INSERT = `
  insert into inbound_event (workspace_id, key, type, source, event, hops, created_at)
  select $1::text, given.key, given.type, given.source, given.event, 0, $6::timestamptz
    from unnest($2::text[], $3::text[], $4::text[], $5::json[]) as given(key, type, source, event)
   order by given.key
  on conflict (workspace_id, key) do nothing returning seq`

export interface Inbox {
  /**
   * Accepts events, all or none. Resolves when they are stored; flows start afterwards.
   * @returns how many are new, and how many were known already by source and id
   * @throws Fault `payload_too_large`, `validation_failed` for too many events, `rate_limited`
   */
  accept(
    membership: Membership<'editor'>,
    events: readonly CloudEvent[]
  ): Promise<{ accepted: number; duplicates: number }>
}

/** @param onAccepted called when there are new events to route */
export function createInbox(deps: { pool: Pool; clock: Clock; onAccepted(): void }): Inbox {
  const { pool, clock } = deps
  const counts: HeldAmounts<{ events: number }> = createHeldAmounts({
    clock,
    maxAgeMs: COUNT_AGE_MS,
    async read(workspaceId) {
      const { rows } = await pool.query<{ events: number }>({
        name: 'inbox_count',
        text: `select count(*)::int as events from
               (select from inbound_event where workspace_id = $1 and created_at > $2 limit $3) recent`,
        values: [workspaceId, new Date(clock.now() - MINUTE_MS), INBOX_LIMITS.perMinute]
      })
      return rows[0] ?? { events: 0 }
    }
  })

  return {
    async accept({ workspaceId }, events) {
      const rows = events.map((event) => ({ event, key: eventKey(event), json: JSON.stringify(event) }))
      refuseSizes(rows.map(({ json }) => json))
      if ((await counts.of(workspaceId)).events + rows.length > INBOX_LIMITS.perMinute)
        throw new Fault('rate_limited', {
          why: 'too_many_events',
          detail: `A workspace takes at most ${INBOX_LIMITS.perMinute} events in a minute.`,
          headers: queueFullHeaders('inbox-events', INBOX_LIMITS.perMinute, MINUTE_MS)
        })
      const { rowCount } = await pool.query({
        name: 'inbox_accept',
        text: INSERT,
        values: [
          workspaceId,
          rows.map(({ key }) => key),
          rows.map(({ event }) => event.type),
          rows.map(({ event }) => event.source),
          rows.map(({ json }) => json),
          new Date(clock.now())
        ]
      })
      const accepted = rowCount ?? 0
      counts.add(workspaceId, { events: accepted })
      if (accepted > 0) deps.onAccepted()
      return { accepted, duplicates: rows.length - accepted }
    }
  }
}

function refuseSizes(events: readonly string[]): void {
  if (events.length > INBOX_LIMITS.batch)
    throw new Fault('validation_failed', {
      why: 'too_many_events_in_batch',
      errors: [{ pointer: '', message: `must have at most ${INBOX_LIMITS.batch} events` }]
    })
  const large = events.findIndex((json) => Buffer.byteLength(json) > EVENT_MAX_BYTES)
  if (large === -1) return
  const which = events.length > 1 ? ` (${pointerTo('', large)})` : ''
  throw new Fault('payload_too_large', {
    why: 'event_too_large',
    detail: `An event has at most ${EVENT_MAX_BYTES} bytes as JSON${which}.`
  })
}
