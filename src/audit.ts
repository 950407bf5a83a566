import type { Admin } from './accounts/admin.ts'
import type { Actor } from './lib/actor.ts'
import type { Clock } from './lib/clock.ts'
import { newId } from './lib/ids.ts'
import type { AuditEvent, Database, Prisma } from './platform/db/client.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from './platform/db/page.ts'

/** Every action that the audit log can record. */
export type AuditAction =
  | 'account.created'
  | 'account.updated'
  | 'account.role_changed'
  | 'account.suspended'
  | 'account.unsuspended'
  | 'password.changed'
  | 'password.refused'
  | 'session.created'
  | 'session.ended'
  | 'token.created'
  | 'token.updated'
  | 'token.revoked'
  | 'token.rotated'
  | 'token.leaked'
  | 'workspace.created'
  | 'workspace.updated'
  | 'workspace.deleted'
  | 'workspace.secret_rotated'
  | 'member.added'
  | 'member.role_changed'
  | 'member.removed'
  | 'flow.created'
  | 'flow.updated'
  | 'flow.published'
  | 'flow.deleted'
  | 'listener.created'
  | 'listener.updated'
  | 'listener.deleted'
  | 'secret.set'
  | 'secret.deleted'
  | 'signing_key.rotated'
  | 'signing_key.dropped'
  | 'secrets.resealed'
  | 'public_key.added'
  | 'public_key.removed'
  | 'customer.updated'
  | 'customer.deleted'
  | 'event_sink.set'
  | 'event_sink.removed'
  | 'action.created'
  | 'action.updated'
  | 'action.deleted'
  | 'integration_token.created'
  | 'integration_token.revoked'
  | 'totp.enrolled'
  | 'totp.confirmed'
  | 'totp.removed'
  | 'totp.refused'
  | 'recovery_code.used'

export interface AuditEntry {
  action: AuditAction
  actor: Actor
  /** The id of the object that the action changed. */
  target?: string | undefined
  workspaceId?: string | undefined
  /** Names and numbers only, never a credential or the value of a secret. */
  details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>> | undefined
}

export interface Audit {
  /**
   * Writes entries in the transaction of the change: either both are committed or neither.
   * @example
   * await audit.record(tx, { action: 'token.revoked', actor, target: token.id, details: { name: token.name } })
   */
  record(tx: Pick<Prisma.TransactionClient, 'auditEvent'>, ...entries: readonly AuditEntry[]): Promise<void>
  /** Number of entries by action since this process started. It includes entries of transactions that failed later. */
  counts(): Readonly<Partial<Record<AuditAction, number>>>
}

export function createAudit(clock: Clock): Audit {
  const counts: Partial<Record<AuditAction, number>> = {}

  return {
    async record(tx, ...entries) {
      if (entries.length === 0) return
      await tx.auditEvent.createMany({
        data: entries.map(({ action, actor, target, workspaceId, details = {} }) => ({
          id: newId('evt'),
          at: new Date(clock.now()),
          action,
          actorKind: actor.kind,
          actorId: actor.id ?? null,
          target: target ?? null,
          workspaceId: workspaceId ?? null,
          ip: actor.ip ?? null,
          requestId: actor.requestId ?? null,
          details
        }))
      })
      for (const { action } of entries) counts[action] = (counts[action] ?? 0) + 1
    },
    counts: () => counts
  }
}

export interface AuditFilter extends PageRequest {
  actorId?: string | undefined
  action?: string | undefined
  target?: string | undefined
  /** Inclusive. */
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
}

/** An audit log entry as admins see it. */
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
  _admin: Admin,
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
