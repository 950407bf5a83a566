import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'
import type { Database, OutboxEvent } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { listResources } from '../workspaces/owned-resource.ts'
import type { Membership } from '../workspaces/access.ts'

/** An event as the members of its workspace see it. */
export interface PublicEvent {
  /** Also the `webhook-id` of its deliveries. */
  id: string
  /** CloudEvents 1.0, JSON format. */
  event: unknown
  createdAt: string
  delivery: {
    /** `none`: the workspace had no sink when it was emitted. `failed`: no further attempt is made. */
    status: 'none' | 'pending' | 'delivered' | 'failed'
    attempts: number
    nextAttemptAt: string | null
    deliveredAt: string | null
    /** Why the last attempt failed. */
    failure: string | null
  }
}

/** The events that the flows of a workspace emitted, newest first. @throws Fault `not_found` */
export function listEvents(
  { database }: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicEvent>> {
  return listResources(
    membership,
    page,
    (query) => database.prisma.outboxEvent.findMany({ ...query, omit: { effectKey: true } }),
    publicEvent
  )
}

function publicEvent({
  id,
  event,
  createdAt,
  attempts,
  nextAttemptAt,
  deliveredAt,
  failure
}: Omit<OutboxEvent, 'effectKey'>): PublicEvent {
  const status = deliveredAt ? 'delivered' : nextAttemptAt ? 'pending' : failure === null ? 'none' : 'failed'
  return {
    id,
    event,
    createdAt: createdAt.toISOString(),
    delivery: {
      status,
      attempts,
      nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
      deliveredAt: deliveredAt?.toISOString() ?? null,
      failure
    }
  }
}

/** Rows of one statement: the rest waits for the next round. */
const BATCH = 10_000

const DELETE = `
  delete from outbox_event where id in (
    select e.id from outbox_event e join workspace w on w.id = e.workspace_id
     where e.created_at < $1::timestamptz - make_interval(days => w.run_retention_days)
       and e.next_attempt_at is null limit ${BATCH})`

/** Removes events older than the run retention of their workspace, except those that are still to be delivered. */
export async function trimEvents({ pool, clock }: { pool: Pool; clock: Clock }): Promise<void> {
  await pool.query(DELETE, [new Date(clock.now())])
}
