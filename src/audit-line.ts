import { createHash } from 'node:crypto'

/**
 * A line of the audit log, in the form that its link covers. `details` is the JSON text as it is stored, `at` is RFC
 * 3339 in UTC.
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
 * The text that a link covers. The database makes the same text (`add_audit_link` in the migrations). Each field is
 * preceded by its length in bytes, so that no two lines have the same text.
 */
export function auditLineText(chain: number, seq: string, line: AuditLine): string {
  const { id, at, action, actorKind, actorId, target, workspaceId, ip, requestId, details } = line
  return [String(chain), seq, id, at, action, actorKind, actorId, target, workspaceId, ip, requestId, details]
    .map((value) => (value === null ? '-' : `${Buffer.byteLength(value)}:${value}`))
    .join(',')
}

/** The hash of a link, in hexadecimal: SHA-256 of the previous hash, if there is one, and the text of the line. */
export function auditLinkHash(previous: string | undefined, lineText: string): string {
  return createHash('sha256')
    .update(previous ?? '', 'hex')
    .update(lineText, 'utf8')
    .digest('hex')
}
