import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database, OutboxEvent } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { listParts } from '../workspaces/owned-resource.ts'

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
  account: AccountRecord,
  workspaceId: string,
  page: PageRequest
): Promise<Page<PublicEvent>> {
  return listParts(
    account,
    workspaceId,
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
