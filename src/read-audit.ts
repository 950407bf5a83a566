import type { Pool } from 'pg'
import type { Admin } from './accounts/admin.ts'
import type { Actor } from './lib/actor.ts'
import {
  type CountedPage,
  literalLike,
  pageOf,
  type PageRequest,
  readCursor,
  TOTAL_MAX,
  totalOf
} from './platform/db/page.ts'
import { type Param, parameters } from './platform/db/parameters.ts'
import type { Membership } from './workspaces/access.ts'

export interface AuditFilter extends PageRequest {
  /** An action, or a group of them such as `token.*`. */
  action?: string | undefined
  actorId?: string | undefined
  target?: string | undefined
  workspaceId?: string | undefined
  ip?: string | undefined
  requestId?: string | undefined
  /** Inclusive. */
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
}

/** Which part of the log is read: all of it, that of a workspace, or what an account did or what was done to it. */
export type AuditPart = { admin: Admin } | { membership: Membership<'owner'> } | { accountId: string }

/** An entry of the audit log. Names are current ones; null = the object has none, or is gone. */
export interface PublicAuditEvent {
  id: string
  at: string
  action: string
  actorKind: Actor['kind']
  actorId: string | null
  actorName: string | null
  target: string | null
  targetName: string | null
  workspaceId: string | null
  ip: string | null
  requestId: string | null
  details: Record<string, unknown>
}

interface Row {
  id: string
  at: Date
  action: string
  actor_kind: Actor['kind']
  actor_id: string | null
  actor_name: string | null
  target: string | null
  target_name: string | null
  workspace_id: string | null
  ip: string | null
  request_id: string | null
  details: Record<string, unknown>
}

/**
 * Reads a part of the audit log, newest first.
 * @throws Fault `validation_failed` for a cursor that no earlier page returned
 */
export async function listAudit(
  pool: Pool,
  part: AuditPart,
  filter: AuditFilter
): Promise<CountedPage<PublicAuditEvent>> {
  const [rows, counted] = await Promise.all([readRows(pool, part, filter), countRows(pool, part, filter)])
  return { ...pageOf(rows, filter.limit, 'at', publicAuditEvent), total: totalOf(counted) }
}

/** Reads the rows of the page and one more. */
async function readRows(pool: Pool, part: AuditPart, filter: AuditFilter): Promise<Row[]> {
  const { values, param } = parameters()
  const text = `
    with page as (${newestOf(part, filter, filter.limit + 1, param)})
    select page.*, ${nameOf('page.actor_id')} as actor_name,
           coalesce(page.details ->> 'name', ${nameOf('page.target')}) as target_name
      from page order by page.at desc, page.id desc`
  return (await pool.query<Row>(text, values)).rows
}

/** @returns at most `TOTAL_MAX + 1` */
async function countRows(pool: Pool, part: AuditPart, filter: AuditFilter): Promise<number> {
  const { values, param } = parameters()
  const newest = newestOf(part, { ...filter, cursor: undefined }, TOTAL_MAX + 1, param)
  const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from (${newest}) counted`, values)
  return rows[0]?.count ?? 0
}

/** The newest matching entries of the part. Each arm is read along an index of its own. */
function newestOf(part: AuditPart, filter: AuditFilter, limit: number, param: Param): string {
  const conditions = conditionsOf(filter, param)
  const newest = `order by e.at desc, e.id desc limit ${param(limit)}`
  const arm = (from: string, ...where: string[]): string =>
    `(select e.* from ${from} where ${[...where, ...conditions, 'true'].join(' and ')} ${newest})`
  const arms =
    'admin' in part
      ? [arm('audit_event e')]
      : 'membership' in part
        ? [arm('audit_event e', `e.workspace_id = ${param(part.membership.workspaceId)}`)]
        : accountArms(param(part.accountId), arm)
  return `select * from (select distinct on (at, id) * from (${arms.join(' union all ')}) found) e ${newest}`
}

/** The entries of an account: what it and its management tokens did, and what was done to it and its tokens. */
function accountArms(account: string, arm: (from: string, ...where: string[]) => string): string[] {
  return [
    arm('audit_event e', `e.actor_id = ${account}`),
    arm('audit_event e', `e.actor_id in (select id from token where account_id = ${account})`),
    arm('audit_event e', `e.target = ${account}`),
    arm('audit_event e', `e.target in (select id from token where account_id = ${account})`)
  ]
}

/** The current name of an id. */
function nameOf(id: string): string {
  const tables = {
    acc: 'account',
    tok: 'token',
    wsp: 'workspace',
    flw: 'flow',
    lsn: 'listener',
    cus: 'customer',
    act: 'action'
  }
  const cases = Object.entries(tables).map(
    ([prefix, table]) => `when left(${id}, 4) = '${prefix}_' then (select name from ${table} where id = ${id})`
  )
  return `case ${cases.join(' ')} end`
}

function conditionsOf(filter: AuditFilter, param: Param): string[] {
  const after = readCursor(filter.cursor)
  const equal = (column: string, given: string | undefined): string[] =>
    given === undefined ? [] : [`e.${column} = ${param(given)}`]
  const group = filter.action?.endsWith('.*') ? filter.action.slice(0, -1) : undefined
  return [
    ...(group === undefined ? equal('action', filter.action) : [`e.action like ${param(`${literalLike(group)}%`)}`]),
    ...equal('actor_id', filter.actorId),
    ...equal('target', filter.target),
    ...equal('workspace_id', filter.workspaceId),
    ...equal('ip', filter.ip),
    ...equal('request_id', filter.requestId),
    ...(filter.since === undefined ? [] : [`e.at >= ${param(filter.since)}`]),
    ...(filter.until === undefined ? [] : [`e.at < ${param(filter.until)}`]),
    ...(after === undefined
      ? []
      : [`e.at <= ${param(after.time)}`, `(e.at, e.id) < (${param(after.time)}, ${param(after.id)})`])
  ]
}

function publicAuditEvent(row: Row): PublicAuditEvent {
  return {
    id: row.id,
    at: row.at.toISOString(),
    action: row.action,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    actorName: row.actor_name,
    target: row.target,
    targetName: row.target_name,
    workspaceId: row.workspace_id,
    ip: row.ip,
    requestId: row.request_id,
    details: row.details
  }
}
