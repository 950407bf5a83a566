import type { Pool } from 'pg'
import type { CloudEvent } from '../dsl/index.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { takesType } from './sinks/types.ts'

/** Bytes of one event, as JSON. */
export const EVENT_MAX_BYTES = 256 * 1024

/**
 * An event of a workspace, and a delivery to each of its sinks that takes the type. One statement, so that an event
 * that is stored is delivered.
 */
const INSERT = `
  with event as (
    insert into outbox_event (id, workspace_id, effect_key, event, created_at)
    values ($1, $2, $3, $4, $5::timestamptz) on conflict (effect_key) do nothing returning id)
  insert into event_delivery (event_id, sink_id, workspace_id, next_attempt_at)
  select event.id, s.id, $2, $5::timestamptz from event, event_sink s
   where s.workspace_id = $2 and s.enabled and ${takesType('s.types', '$6::text')}`

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
    const json = JSON.stringify(event)
    const bytes = Buffer.byteLength(json)
    if (bytes > EVENT_MAX_BYTES) throw new EventTooLarge(bytes)
    await pool.query({
      name: 'event_emit',
      text: INSERT,
      values: [newId('evt'), workspaceId, effectKey, json, new Date(clock.now()), event.type]
    })
    onEmitted?.()
  }
}
