import type { Pool } from 'pg'
import { SINK_DISABLED, SINK_REMOVED } from './sinks/give-up.ts'

/** Rows that one claim examines. */
const LOOK_AHEAD = 1_000

/**
 * Claims the deliveries that have been due longest, one per sink at a time. The row lock lasts for the claim only; the
 * lease in `next_attempt_at` keeps other processes away during the attempt.
 */
const CLAIM = `
  with waiting as (
    select d.event_id, d.sink_id, d.next_attempt_at from event_delivery d
     where d.next_attempt_at <= $1 and d.sink_id <> all ($2::text[])
       and not exists (select from workspace w where w.id = d.workspace_id and w.suspended_at is not null)
     order by d.next_attempt_at limit ${LOOK_AHEAD}),
  first as (
    select distinct on (sink_id) event_id, sink_id from waiting order by sink_id, next_attempt_at, event_id),
  due as (
    select d.event_id, d.sink_id from event_delivery d join first using (event_id, sink_id)
     where d.next_attempt_at <= $1 order by d.next_attempt_at limit $3 for update of d skip locked),
  target as (
    select due.event_id, due.sink_id, e.event::text as body, e.event->>'type' as type, s.url, s.secret,
           case when s.former_secret_until > $1 then s.former_secret end as former_secret,
           case when s.id is null then '${SINK_REMOVED}' when not s.enabled then '${SINK_DISABLED}' end as gone
      from due join outbox_event e on e.id = due.event_id left join event_sink s on s.id = due.sink_id)
  update event_delivery d
     set attempts = d.attempts + case when t.gone is null then 1 else 0 end,
         next_attempt_at = case when t.gone is null then $4::timestamptz end,
         failure = coalesce(t.gone, d.failure)
    from target t
   where d.event_id = t.event_id and d.sink_id = t.sink_id
  returning d.event_id as "eventId", d.sink_id as "sinkId", d.workspace_id as "workspaceId", d.attempts,
            d.attempts - d.attempts_before as "attemptsNow", t.body, t.type, t.url, t.secret,
            t.former_secret as "formerSecret", t.gone`

// Writes only for the attempt that holds the lease: a slow process must not undo what a later attempt has written.
const FINISH = `
  update event_delivery set next_attempt_at = $4, delivered_at = $5, failure = $6
   where event_id = $1 and sink_id = $2 and attempts = $3 and next_attempt_at is not null`

export interface Claimed {
  eventId: string
  sinkId: string
  workspaceId: string
  /** The event as JSON. */
  body: string
  type: string
  /** The number of attempts, including the claimed one. It identifies the claimed one. */
  attempts: number
  /** The attempts since the event was emitted, or was last redelivered. */
  attemptsNow: number
  url: string
  secret: string
  formerSecret: string | null
  /** Why nothing is sent, in which case the delivery has ended already; null = it is to be sent. */
  gone: string | null
}

/**
 * Leases deliveries that are due.
 * @param request `now` in milliseconds; `without` are the sinks that are at their limit
 */
export async function claimDeliveries(
  pool: Pool,
  { now, without, limit, leaseMs }: { now: number; without: string[]; limit: number; leaseMs: number }
): Promise<Claimed[]> {
  const { rows } = await pool.query<Claimed>({
    name: 'event_claim',
    text: CLAIM,
    values: [new Date(now), without, limit, new Date(now + leaseMs)]
  })
  return rows
}

/**
 * Writes the result of an attempt.
 * @param end `failure` undefined = it was delivered; `nextInMs` undefined = no further attempt
 * @returns whether it was written; false if the delivery was ended or claimed again meanwhile
 */
export async function finishDelivery(
  pool: Pool,
  { eventId, sinkId, attempts }: Claimed,
  { now, nextInMs, failure }: { now: number; nextInMs: number | undefined; failure: string | undefined }
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'event_finish',
    text: FINISH,
    values: [
      eventId,
      sinkId,
      attempts,
      nextInMs === undefined ? null : new Date(now + nextInMs),
      failure === undefined ? new Date(now) : null,
      failure ?? null
    ]
  })
  return rowCount === 1
}
