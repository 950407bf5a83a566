import type { Pool } from 'pg'
import type { CloudEvent } from '../dsl/index.ts'
import type { Clock } from '../lib/clock.ts'
import { newTimedId } from '../lib/ids.ts'
import { eventKey } from './inbound.ts'
import { takesType } from './sinks/types.ts'

/** The most bytes of one event, as JSON. */
export const EVENT_MAX_BYTES = 256 * 1024

/**
 * Stores events, a delivery of each event to every sink of its workspace that takes the type, and the events that have
 * `hops` for the flows of their workspace. One statement does all of it, so that every stored event is delivered and
 * routed. An effect emits once: a later try emits nothing, even if the flow gives the event another id then.
 */
const STORE = `
  with given as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $7::text[], $8::text[], $9::int[])
      as given(id, workspace_id, effect_key, event, type, key, source, hops)),
  stored as (
    insert into outbox_event (id, workspace_id, effect_key, event, created_at)
    select id, workspace_id, effect_key, event::json, $6::timestamptz from given
    on conflict (effect_key) do nothing returning id),
  routed as (
    insert into inbound_event (workspace_id, key, type, source, event, hops, created_at)
    select workspace_id, key, type, source, event::json, hops, $6::timestamptz
      from stored join given using (id) where hops is not null
    on conflict (workspace_id, key) do nothing)
  insert into event_delivery (event_id, sink_id, workspace_id, next_attempt_at)
  select given.id, s.id, given.workspace_id, $6::timestamptz
    from stored join given using (id) join event_sink s on s.workspace_id = given.workspace_id
   where s.enabled and ${takesType('s.types', 'given.type')}`

/** Executes a statement, in the caller's transaction if there is one. */
export type Execute = (sql: string, values: unknown[]) => Promise<unknown>

/** An event on its way into the outbox of a workspace. An event with the same `effectKey` is stored once. */
export interface StoredEvent {
  workspaceId: string
  effectKey: string
  type: string
  /** The event as JSON. */
  json: string
  /**
   * Set for an event of a flow, which can start other flows: its key, its source, and how many emits precede it in the
   * chain.
   */
  route?: { key: string; source: string; hops: number }
}

/** Puts events into the outboxes of their workspaces. `now` in milliseconds. */
export async function storeEvents(execute: Execute, events: readonly StoredEvent[], now: number): Promise<void> {
  if (events.length === 0) return
  await execute(STORE, [
    events.map(() => newTimedId('evt')),
    events.map(({ workspaceId }) => workspaceId),
    events.map(({ effectKey }) => effectKey),
    events.map(({ json }) => json),
    events.map(({ type }) => type),
    new Date(now),
    events.map(({ route }) => route?.key ?? null),
    events.map(({ route }) => route?.source ?? null),
    events.map(({ route }) => route?.hops ?? null)
  ])
}

/** An event larger than {@link EVENT_MAX_BYTES}. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge'

  constructor(bytes: number) {
    super(`The event has ${bytes} bytes as JSON; at most ${EVENT_MAX_BYTES} are accepted.`)
  }
}

/**
 * Resolves when the event is in the outbox of the workspace.
 * @param effectKey identifies the effect of the run: repeating it emits one event
 * @param hops how many emits precede this one in a chain of flows that start each other; absent for an event that no
 *   flow emits, which reaches the sinks only
 * @throws EventTooLarge, and errors of the database
 */
export type EmitEvent = (workspaceId: string, event: CloudEvent, effectKey: string, hops?: number) => Promise<void>

/** @param onEmitted called after each event, which may be ready for delivery */
export function createEmit({ pool, clock, onEmitted }: { pool: Pool; clock: Clock; onEmitted?(): void }): EmitEvent {
  return async (workspaceId, event, effectKey, hops) => {
    const json = JSON.stringify(event)
    const bytes = Buffer.byteLength(json)
    if (bytes > EVENT_MAX_BYTES) throw new EventTooLarge(bytes)
    const route = hops === undefined ? {} : { route: { key: eventKey(event), source: event.source, hops } }
    await storeEvents(
      (text, values) => pool.query({ name: 'event_emit', text, values }),
      [{ workspaceId, effectKey, type: event.type, json, ...route }],
      clock.now()
    )
    onEmitted?.()
  }
}
