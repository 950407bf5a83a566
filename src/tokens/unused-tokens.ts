import type { Pool } from 'pg'
import type { Audit } from '../audit.ts'
import { SYSTEM } from '../lib/actor.ts'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import type { Changes } from '../platform/db/changes.ts'
import { type EmitNotice, noticeOf } from './token-notice.ts'
import { revokeWhere } from './revoke.ts'
import { countTokenAlerts } from './token-alerts.ts'

/** Owners are told this long before an unused token ends; half of the time where that is shorter. */
const NOTICE_MS = 7 * DAY_MS
const BATCH = 500

export interface UnusedTokenDeps {
  pool: Pool
  changes: Changes
  clock: Clock
  audit: Audit
  publicUrl: string
  emit: EmitNotice
}

interface Idle {
  id: string
  name: string
  start: string
  /** The last use, or the creation. */
  idleSince: Date
  unusedDays: number
  noticedAt: Date | null
  workspaces: string[]
}

const HAS_RULE = `
  select 1 from installation_policy where policy->>'unusedDays' is not null
  union all select 1 from workspace where policy->>'unusedDays' is not null limit 1`

/** Live tokens that a policy ends when they are unused, with the shortest time that applies to them. */
const IDLE = `
  select * from (
    select t.id, t.name, t.start, coalesce(t.last_used_at, t.created_at) as "idleSince",
           t.unused_notice_at as "noticedAt",
           least((select (policy->>'unusedDays')::int from installation_policy), w.days) as "unusedDays",
           w.ids as workspaces
      from token t
      left join lateral (
        select min((w.policy->>'unusedDays')::int) as days, coalesce(array_agg(w.id) filter (
                 where t.scoped or exists (select from member m where m.workspace_id = w.id
                                            and m.account_id = t.account_id and m.role = 'owner')), '{}') as ids
          from workspace w
         where case when t.scoped
           then w.id = any(t.workspace_ids)
                or exists (select from listener l where l.workspace_id = w.id and l.id = any(t.listener_ids))
           else exists (select from member m where m.workspace_id = w.id and m.account_id = t.account_id) end) w on true
     where t.revoked_at is null and t.replaced_by_id is null and (t.expires_at is null or t.expires_at > $1)
       and t.id > $2 and coalesce(t.last_used_at, t.created_at) <= $1::timestamptz - interval '12 hours'
     order by t.id limit $3) idle`

const MARK = `
  update token set unused_notice_at = $2
   where id = $1 and coalesce(last_used_at, created_at) <= $3 and (unused_notice_at is null or unused_notice_at < $3)`

/**
 * Ends the tokens that were unused for longer than a policy allows. No token ends before its owner got a notice
 * (`sluice.token.expiring`) for this period without use, and then had the full notice time: this holds after a downtime
 * and for a new policy too.
 * @returns how many tokens were revoked
 */
export async function endUnusedTokens(deps: UnusedTokenDeps, signal?: AbortSignal): Promise<number> {
  const { pool } = deps
  if ((await pool.query(HAS_RULE)).rows.length === 0) return 0
  const now = deps.clock.now()
  let revoked = 0
  for (let after = ''; ;) {
    const { rows } = await pool.query<Idle & { unusedDays: number | null }>(IDLE, [new Date(now), after, BATCH])
    for (const token of rows) {
      if (signal?.aborted) return revoked
      if (token.unusedDays !== null) revoked += await judge(deps, token, now)
    }
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) return revoked
    after = last.id
  }
}

/** @returns how many tokens it revoked: 0 or 1 */
async function judge(deps: UnusedTokenDeps, token: Idle, now: number): Promise<number> {
  const lifeMs = token.unusedDays * DAY_MS
  const noticeMs = Math.min(NOTICE_MS, lifeMs / 2)
  const idleMs = now - token.idleSince.getTime()
  if (idleMs < lifeMs - noticeMs) return 0
  const { noticedAt } = token
  if (!noticedAt || noticedAt.getTime() < token.idleSince.getTime()) {
    await notify(deps, token, now, Math.max(token.idleSince.getTime() + lifeMs, now + noticeMs))
    return 0
  }
  if (idleMs < lifeMs || now - noticedAt.getTime() < noticeMs) return 0
  return deps.changes.transaction((tx, announce) =>
    revokeWhere(
      tx,
      announce,
      deps,
      // It may have been used meanwhile.
      { id: token.id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: token.idleSince } }] },
      SYSTEM,
      `unused for ${token.unusedDays} days`
    )
  )
}

async function notify(deps: UnusedTokenDeps, token: Idle, now: number, endsAt: number): Promise<void> {
  const key = `token-unused/${token.id}/${token.idleSince.getTime()}`
  const notice = noticeOf(deps.publicUrl, token, { key, now, endsAt })
  for (const workspaceId of token.workspaces) await deps.emit(workspaceId, notice, `${key}/${workspaceId}`)
  // Marked after the events are stored: a crash in between emits them again under the same keys, which store once.
  await deps.pool.query(MARK, [token.id, new Date(now), token.idleSince])
  await countTokenAlerts((sql, values) => deps.pool.query(sql, values), [{ workspaces: token.workspaces, notice }], now)
}
