import type { Actor } from './lib/actor.ts'
import type { Clock } from './lib/clock.ts'
import { newTimedId } from './lib/ids.ts'
import type { Prisma } from './platform/db/client.ts'

/** Every action that the audit log can record. */
export type AuditAction =
  | 'account.created'
  | 'account.updated'
  | 'account.role_changed'
  | 'account.recovery_started'
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
  | 'workspace.suspended'
  | 'workspace.resumed'
  | 'workspace.secret_rotated'
  | 'invitation.created'
  | 'invitation.accepted'
  | 'invitation.withdrawn'
  | 'link.used'
  | 'email.verified'
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
  | 'policy.changed'
  | 'schedule.changed'
  | 'run.cancelled'
  | 'run.replayed'
  | 'simulation.live'
  | 'document.fetched'
  | 'signing_key.rotated'
  | 'signing_key.dropped'
  | 'secrets.resealed'
  | 'public_key.added'
  | 'public_key.removed'
  | 'customer.created'
  | 'customer.updated'
  | 'customer.archived'
  | 'customer.restored'
  | 'customer.deleted'
  | 'customer.blocked'
  | 'customer.unblocked'
  | 'event_sink.set'
  | 'event_sink.updated'
  | 'event_sink.removed'
  | 'event_sink.secret_rotated'
  | 'event.redelivered'
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
          id: newTimedId('evt'),
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
