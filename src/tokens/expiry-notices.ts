import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../lib/clock.ts'

/** Days before its end at which a token's owner is told. */
export const NOTICE_DAYS = [14, 7, 1] as const
const BATCH = 500

/** A CloudEvents 1.0 event, as workspaces' sinks get it. */
type Notice = {
  specversion: '1.0'
  id: string
  source: string
  type: 'sluice.token.expiring'
  subject: string
  time: string
  datacontenttype: 'application/json'
  data: { tokenId: string; name: string; start: string; expiresAt: string; daysLeft: number }
}

export interface NoticeDeps {
  pool: Pool
  clock: Clock
  publicUrl: string
  /** Puts an event into the outbox of a workspace; with the same key, once. */
  emit(workspaceId: string, event: Notice, effectKey: string): Promise<void>
}

// Told of in the workspaces that a token is for: those of its scope, else those that its account owns. A token that was made later than the day of a
// notice, or that another one takes the place of, surprises nobody by its end.
const DUE = `
  select t.id, t.name, t.start, t.expires_at, array(
           select w.id from workspace w where case when t.scoped
             then w.id = any(t.workspace_ids) or exists (select from listener l where l.workspace_id = w.id and l.id = any(t.listener_ids))
             else exists (select from member m where m.workspace_id = w.id and m.account_id = t.account_id and m.role = 'owner') end) as workspaces
    from token t
   where t.revoked_at is null and t.replaced_by_id is null and t.expires_at > $1 and t.expires_at <= $1::timestamptz + $2 * interval '1 day'
     and t.created_at <= t.expires_at - $2 * interval '1 day' and (t.expiry_notice is null or t.expiry_notice > $2)
   order by t.expires_at, t.id limit $3`

const TOLD = 'update token set expiry_notice = $2 where id = any($1) and (expiry_notice is null or expiry_notice > $2)'

/** Tells of tokens that expire in 14, 7 and 1 days, each once, in the outboxes of their workspaces. @returns how many tokens were told of */
export async function noticeExpiringTokens({ pool, clock, publicUrl, emit }: NoticeDeps): Promise<number> {
  const now = new Date(clock.now())
  let told = 0
  // The nearest first: after a pause of the gateway nobody is told "14 days" and "1 day" at once.
  for (const days of NOTICE_DAYS.toReversed()) {
    for (;;) {
      const { rows } = await pool.query<{
        id: string
        name: string
        start: string
        expires_at: Date
        workspaces: string[]
      }>(DUE, [now, days, BATCH])
      for (const { id, name, start, expires_at: expiresAt, workspaces } of rows) {
        const key = `token-expiring/${id}/${days}`
        const notice: Notice = {
          specversion: '1.0',
          id: key,
          source: `${publicUrl}/v1/tokens`,
          type: 'sluice.token.expiring',
          subject: id,
          time: now.toISOString(),
          datacontenttype: 'application/json',
          data: {
            tokenId: id,
            name,
            start,
            expiresAt: expiresAt.toISOString(),
            daysLeft: Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS)
          }
        }
        for (const workspaceId of workspaces) await emit(workspaceId, notice, `${key}/${workspaceId}`)
      }
      // Marked after it was told: a crash between the two tells it again under the same key, which is once.
      await pool.query(TOLD, [rows.map(({ id }) => id), days])
      told += rows.length
      if (rows.length < BATCH) break
    }
  }
  return told
}
