import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import { createResourceFinder } from '../workspaces/owned-resource.ts'
import { type EventRow, publicEvent, type PublicEvent, WITH_DELIVERIES } from './list.ts'
import { takesType } from './sinks/types.ts'

export interface RedeliverDeps {
  database: Database
  changes: Changes
  clock: Clock
  audit: Audit
  /** Starts the delivery without waiting for the next poll. Absent in a process that does not deliver. */
  deliveries?: { wake(): void } | undefined
}

/** The count of attempts continues, so that an attempt that is still running is not mistaken for a new one. */
const REDELIVER = `
  insert into event_delivery (event_id, sink_id, workspace_id, next_attempt_at)
  select e.id, s.id, e.workspace_id, $2::timestamptz from outbox_event e join event_sink s using (workspace_id)
   where e.id = $1 and s.enabled and ${takesType('s.types', "e.event ->> 'type'")}
  on conflict (event_id, sink_id) do update
     set next_attempt_at = excluded.next_attempt_at, attempts_before = event_delivery.attempts,
         delivered_at = null, failure = null`

const events = createResourceFinder<Pick<Database['prisma'], 'outboxEvent'>, EventRow>({
  prefix: 'evt',
  name: 'outbox_event',
  load: (client, id) => client.outboxEvent.findUnique({ where: { id }, ...WITH_DELIVERIES })
})

/**
 * Sends an event again, with its id, to every sink of its workspace that is switched on and takes its type: also to
 * sinks that have received it already, and to sinks that were created after it. Each gets the full number of attempts.
 * @throws Fault `not_found`, `insufficient_scope`; `conflict` if no sink takes it
 */
export async function redeliverEvent(
  deps: RedeliverDeps,
  account: AccountRecord,
  eventId: string,
  actor: Actor
): Promise<PublicEvent> {
  const event = await deps.changes.transaction(async (tx) => {
    const { id, workspaceId } = await events.lock(tx, account, eventId, 'editor')
    const sinks = await tx.$executeRawUnsafe(REDELIVER, id, new Date(deps.clock.now()))
    if (sinks === 0)
      throw new Fault('conflict', {
        why: 'no_sink_takes_it',
        detail: 'No sink of the workspace that is enabled takes this event.'
      })
    await deps.audit.record(tx, {
      action: 'event.redelivered',
      actor,
      target: id,
      workspaceId,
      details: { sinks }
    })
    return events.find(tx, account, id, 'editor')
  })
  deps.deliveries?.wake()
  return publicEvent(event)
}
