import type { Pool } from 'pg'
import type { Admin } from './accounts/admin.ts'
import { type AuditLine, auditLineText } from './audit-line.ts'
import { Fault } from './lib/fault.ts'
import type { Page, PageRequest } from './platform/db/page.ts'

/** A link of the audit log's chains, with the text that it covers (null = its line is gone). */
export interface PublicAuditLink {
  chain: number
  /** From 1, without a gap. */
  seq: string
  eventId: string
  /** SHA-256 in hexadecimal. */
  hash: string
  line: string | null
}

interface Row extends AuditLine {
  chain: number
  seq: string
  event_id: string
  hash: Buffer
}

const LINKS = `
  select l.chain, l.seq, l.event_id, l.hash, e.id,
         to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, e.action, e.actor_kind as "actorKind",
         e.actor_id as "actorId", e.target, e.workspace_id as "workspaceId", e.ip, e.request_id as "requestId",
         e.details::text as details
    from audit_link l left join audit_event e on e.id = l.event_id
   where (l.chain, l.seq) > ($1, $2) order by l.chain, l.seq limit $3`

const UNLINKED = `
  select count(*)::int as count from (
    select from audit_event e where not exists (select from audit_link l where l.event_id = e.id) limit 1000) unlinked`

/**
 * Lists the links of the audit log, chain by chain. The caller computes the hashes.
 * @returns also how many lines have no link, counted up to 1,000; null after the first page
 * @throws Fault `validation_failed` for a cursor that no earlier page returned
 */
export async function listAuditLinks(
  pool: Pool,
  _admin: Admin,
  { limit, cursor }: PageRequest
): Promise<Page<PublicAuditLink> & { unlinked: number | null }> {
  const [chain, seq] = readCursor(cursor)
  const { rows } = await pool.query<Row>(LINKS, [chain, seq, limit + 1])
  const items = rows.slice(0, limit).map((row) => ({
    chain: row.chain,
    seq: row.seq,
    eventId: row.event_id,
    hash: row.hash.toString('hex'),
    line: row.id === null ? null : auditLineText(row.chain, row.seq, row)
  }))
  const last = rows.length > limit ? items.at(-1) : undefined
  return {
    items,
    nextCursor: last ? `${last.chain}.${last.seq}` : null,
    unlinked: cursor === undefined ? ((await pool.query<{ count: number }>(UNLINKED)).rows[0]?.count ?? 0) : null
  }
}

function readCursor(cursor: string | undefined): [chain: number, seq: string] {
  if (cursor === undefined) return [-1, '0']
  const [, chain, seq] = /^(\d{1,4})\.(\d{1,18})$/.exec(cursor) ?? []
  if (chain === undefined || seq === undefined)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/cursor', message: 'is not a cursor that this list gave' }]
    })
  return [Number(chain), seq]
}
