import type { Pool } from 'pg'
import { tokenExpiringMail } from '../mails/token-expiring.ts'
import type { Clock } from '../lib/clock.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import { countTokenAlerts } from './token-alerts.ts'
import { type EmitNotice, noticeOf } from './token-notice.ts'
import { WORKSPACES_OF_TOKEN } from './token-workspaces.ts'

/** Owners are notified this many days before a token expires. */
export const NOTICE_DAYS = [14, 7, 1] as const
const BATCH = 500

export interface NoticeDeps {
  pool: Pool
  clock: Clock
  publicUrl: string
  mailer: Mailer
  emit: EmitNotice
}

// The notice goes to the workspaces of the token's scope, or, without a scope, to those that its account owns. A token
// that was created after the notice was due, or that has been rotated, needs no notice.
const DUE = `
  select t.id, t.name, t.start, t.expires_at, a.email, ${WORKSPACES_OF_TOKEN} as workspaces
    from token t join account a on a.id = t.account_id
   where t.revoked_at is null and t.replaced_by_id is null
     and t.expires_at > $1 and t.expires_at <= $1::timestamptz + $2 * interval '1 day'
     and t.created_at <= t.expires_at - $2 * interval '1 day'
     and (t.expiry_notice is null or t.expiry_notice > $2)
   order by t.expires_at, t.id limit $3`

const MARK_NOTIFIED =
  'update token set expiry_notice = $2 where id = any($1) and (expiry_notice is null or expiry_notice > $2)'

/**
 * Emits `sluice.token.expiring` events 14, 7 and 1 days before a token expires, each once, and mails the owner.
 *
 * `token.expiry_notice` holds the last notice sent (null, 14, 7 or 1). {@link MARK_NOTIFIED} alone lowers it, after the
 * events are in the outboxes. Stops between two tokens when the signal is aborted; the rest is due again later.
 * @returns how many notices were sent
 */
export async function noticeExpiringTokens(
  { pool, clock, publicUrl, emit, mailer }: NoticeDeps,
  signal?: AbortSignal
): Promise<number> {
  const now = new Date(clock.now())
  let notified = 0
  // The shortest notice first, so that after downtime no token gets the 14-day and the 1-day notice together.
  for (const days of NOTICE_DAYS.toReversed()) {
    for (;;) {
      const { rows } = await pool.query<{
        id: string
        name: string
        start: string
        expires_at: Date
        email: string
        workspaces: string[]
      }>(DUE, [now, days, BATCH])
      const told = []
      for (const { id, name, start, expires_at: expiresAt, workspaces } of rows) {
        // An event is stored once for its key, however often the batch is repeated.
        if (signal?.aborted) return notified
        const key = `token-expiring/${id}/${days}`
        const notice = noticeOf(
          publicUrl,
          { id, name, start },
          { key, now: now.getTime(), endsAt: expiresAt.getTime() }
        )
        for (const workspaceId of workspaces) await emit(workspaceId, notice, `${key}/${workspaceId}`)
        told.push({ workspaces, notice })
      }
      // Marked after the events are stored: a crash in between emits them again under the same keys, which store once.
      await pool.query(MARK_NOTIFIED, [rows.map(({ id }) => id), days])
      await countTokenAlerts((sql, values) => pool.query(sql, values), told, now.getTime())
      for (const { id, name, email, expires_at: expiresAt } of rows)
        mailer.send(tokenExpiringMail(email, { name, expiresAt, url: `${publicUrl}/console/tokens/${id}` }))
      notified += rows.length
      if (rows.length < BATCH) break
    }
  }
  return notified
}
