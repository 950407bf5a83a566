import { createHash } from 'node:crypto'

/**
 * A line of the audit log as its link covers it. `details` is the JSON text as it is stored, `at` is RFC 3339 in UTC.
 */
export interface AuditLine {
  id: string
  at: string
  action: string
  actorKind: string
  actorId: string | null
  target: string | null
  workspaceId: string | null
  ip: string | null
  requestId: string | null
  details: string
}

/**
 * The text that a link covers. The database writes the same (`add_audit_link` of the migrations). Each field has its
 * length in bytes in front, so that no two lines have the same text.
 */
export function auditLineText(chain: number, seq: string, line: AuditLine): string {
  const { id, at, action, actorKind, actorId, target, workspaceId, ip, requestId, details } = line
  return [String(chain), seq, id, at, action, actorKind, actorId, target, workspaceId, ip, requestId, details]
    .map((value) => (value === null ? '-' : `${Buffer.byteLength(value)}:${value}`))
    .join(',')
}

/** The hash of a link: SHA-256 of the hash before it, if there is one, and of its line. In hexadecimal. */
export function auditLinkHash(previous: string | undefined, lineText: string): string {
  return createHash('sha256')
    .update(previous ?? '', 'hex')
    .update(lineText, 'utf8')
    .digest('hex')
}
