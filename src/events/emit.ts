import type { Pool } from 'pg'
import type { CloudEvent } from '../dsl/index.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { takesType } from './sinks/types.ts'

/** Bytes of one event, as JSON. */
export const EVENT_MAX_BYTES = 256 * 1024

/**
 * Events, and a delivery of each to every sink of its workspace that takes the type. One statement, so that an event
 * that is stored is delivered.
 */
const STORE = `
  with given as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
      as given(id, workspace_id, effect_key, event, type)),
  stored as (
    insert into outbox_event (id, workspace_id, effect_key, event, created_at)
    select id, workspace_id, effect_key, event::json, $6::timestamptz from given
    on conflict (effect_key) do nothing returning id)
  insert into event_delivery (event_id, sink_id, workspace_id, next_attempt_at)
  select given.id, s.id, given.workspace_id, $6::timestamptz
    from stored join given using (id) join event_sink s on s.workspace_id = given.workspace_id
   where s.enabled and ${takesType('s.types', 'given.type')}`

/** Executes a statement, in the transaction of its caller where there is one. */
export type Execute = (sql: string, values: unknown[]) => Promise<unknown>

/** An event on its way into the outbox of a workspace. An event with the same `effectKey` is stored once. */
export interface StoredEvent {
  workspaceId: string
  effectKey: string
  event: { type: string }
}

/** Puts events into the outboxes of their workspaces. `now` in milliseconds. */
export async function storeEvents(execute: Execute, events: readonly StoredEvent[], now: number): Promise<void> {
  if (events.length === 0) return
  await execute(STORE, [
    events.map(() => newId('evt')),
    events.map(({ workspaceId }) => workspaceId),
    events.map(({ effectKey }) => effectKey),
    events.map(({ event }) => JSON.stringify(event)),
    events.map(({ event }) => event.type),
    new Date(now)
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
 * @throws EventTooLarge, and errors of the database
 */
export type EmitEvent = (workspaceId: string, event: CloudEvent, effectKey: string) => Promise<void>

/** @param onEmitted called after each event, which may be ready for delivery */
export function createEmit({ pool, clock, onEmitted }: { pool: Pool; clock: Clock; onEmitted?(): void }): EmitEvent {
  return async (workspaceId, event, effectKey) => {
    const bytes = Buffer.byteLength(JSON.stringify(event))
    if (bytes > EVENT_MAX_BYTES) throw new EventTooLarge(bytes)
    await storeEvents(
      (text, values) => pool.query({ name: 'event_emit', text, values }),
      [{ workspaceId, effectKey, event }],
      clock.now()
    )
    onEmitted?.()
  }
}
