import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'
import type { Database, EventDelivery, OutboxEvent } from '../platform/db/client.ts'
import { DELETE_BATCH, inBatches } from '../platform/db/delete-batches.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { listResources } from '../workspaces/owned-resource.ts'
import type { Membership } from '../workspaces/access.ts'

/** `none`: no sink took it when it was emitted. `failed`: no further attempt is made. */
export type DeliveryStatus = 'none' | 'pending' | 'delivered' | 'failed'

export interface DeliveryState {
  status: DeliveryStatus
  attempts: number
  nextAttemptAt: string | null
  deliveredAt: string | null
  /** Why the last attempt failed. */
  failure: string | null
}

/** An event as the members of its workspace see it. */
export interface PublicEvent {
  /** Also the `webhook-id` of its deliveries. */
  id: string
  /** CloudEvents 1.0, JSON format. */
  event: unknown
  createdAt: string
  /**
   * The state of all deliveries together: pending while one is pending, then failed if one has failed, else delivered.
   */
  delivery: DeliveryState
  /** The delivery to each sink, including sinks that were removed since. */
  deliveries: (DeliveryState & { sinkId: string })[]
}

/** The columns that the event's readers need. */
export const WITH_DELIVERIES = {
  select: {
    id: true,
    workspaceId: true,
    event: true,
    createdAt: true,
    deliveries: {
      select: { sinkId: true, attempts: true, nextAttemptAt: true, deliveredAt: true, failure: true },
      orderBy: { sinkId: 'asc' }
    }
  }
} as const

type DeliveryRow = Pick<EventDelivery, 'sinkId' | 'attempts' | 'nextAttemptAt' | 'deliveredAt' | 'failure'>

export type EventRow = Pick<OutboxEvent, 'id' | 'workspaceId' | 'event' | 'createdAt'> & { deliveries: DeliveryRow[] }

/** The events of a workspace, newest first. @throws Fault `not_found` */
export function listEvents(
  { database }: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicEvent>> {
  return listResources(
    membership,
    page,
    (query) => database.prisma.outboxEvent.findMany({ ...query, ...WITH_DELIVERIES }),
    publicEvent
  )
}

export function publicEvent({ id, event, createdAt, deliveries: rows }: EventRow): PublicEvent {
  const deliveries = rows.map(publicDelivery)
  return { id, event, createdAt: createdAt.toISOString(), delivery: together(deliveries), deliveries }
}

function publicDelivery({ sinkId, attempts, nextAttemptAt, deliveredAt, failure }: DeliveryRow) {
  return {
    sinkId,
    status: deliveredAt ? ('delivered' as const) : nextAttemptAt ? ('pending' as const) : ('failed' as const),
    attempts,
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
    failure
  }
}

const UNDELIVERED: DeliveryState = {
  status: 'none',
  attempts: 0,
  nextAttemptAt: null,
  deliveredAt: null,
  failure: null
}

const FIRST_OF = ['pending', 'failed', 'delivered'] as const satisfies DeliveryStatus[]

function together(deliveries: readonly DeliveryState[]): DeliveryState {
  const [first = UNDELIVERED, ...rest] = deliveries
  return rest.reduce(
    (all, one) => ({
      status: FIRST_OF.find((status) => status === all.status || status === one.status) ?? all.status,
      attempts: Math.max(all.attempts, one.attempts),
      nextAttemptAt: [all.nextAttemptAt, one.nextAttemptAt].filter((at) => at !== null).sort()[0] ?? null,
      deliveredAt:
        [all.deliveredAt, one.deliveredAt]
          .filter((at) => at !== null)
          .sort()
          .at(-1) ?? null,
      failure: all.failure ?? one.failure
    }),
    stateOf(first)
  )
}

function stateOf({ status, attempts, nextAttemptAt, deliveredAt, failure }: DeliveryState): DeliveryState {
  return { status, attempts, nextAttemptAt, deliveredAt, failure }
}

const DELETE = `
  delete from outbox_event where id in (
    select e.id from outbox_event e join workspace w on w.id = e.workspace_id
     where e.created_at < $1::timestamptz - make_interval(days => w.run_retention_days)
       and e.next_attempt_at is null
       and not exists (select from event_delivery d where d.event_id = e.id and d.next_attempt_at is not null)
     limit ${DELETE_BATCH})`

/** Removes events older than the run retention of their workspace, except those that are still to be delivered. */
export async function trimEvents({ pool, clock }: { pool: Pool; clock: Clock }, signal?: AbortSignal): Promise<void> {
  const now = new Date(clock.now())
  await inBatches(DELETE_BATCH, async () => (await pool.query(DELETE, [now])).rowCount ?? 0, { signal })
}
