import type { AuditEvent, Database } from './platform/db/client.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from './platform/db/page.ts'
import type { Actor } from './lib/actor.ts'

export interface AuditFilter extends PageRequest {
  actorId?: string | undefined
  action?: string | undefined
  target?: string | undefined
  /** From this time on. */
  since?: Date | undefined
  /** Before this time. */
  until?: Date | undefined
}

/** A line of the audit log as admins see it. */
export interface PublicAuditEvent {
  id: string
  at: string
  action: string
  actorKind: Actor['kind']
  actorId: string | null
  target: string | null
  workspaceId: string | null
  ip: string | null
  requestId: string | null
  details: Record<string, unknown>
}

/** The audit log, newest first. */
export async function listAudit(
  deps: { database: Database },
  { limit, cursor, since, until, ...exact }: AuditFilter
): Promise<Page<PublicAuditEvent>> {
  const rows = await deps.database.prisma.auditEvent.findMany({
    where: { AND: [afterCursor('at', cursor), exact, { at: { gte: since, lt: until } }] },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit + 1
  })
  return pageOf(rows, limit, 'at', publicAuditEvent)
}

function publicAuditEvent({ at, actorKind, details, ...rest }: AuditEvent): PublicAuditEvent {
  return {
    ...rest,
    at: at.toISOString(),
    actorKind: actorKind as Actor['kind'],
    details: details as Record<string, unknown>
  }
}
