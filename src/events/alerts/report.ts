import type { Pool } from 'pg'
import { HOUR_MS } from '../../lib/clock.ts'
import { alertsMail } from '../../mails/alerts.ts'
import { deleteBatches } from '../../platform/db/delete-batches.ts'
import { transaction } from '../../platform/db/transaction.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'
import { storeEvents } from '../emit.ts'
import type { AlertDetails, AlertType } from './alert.ts'

/** A group is reported at most once in this time. */
export const ALERT_EVERY_MS = HOUR_MS
/** The most mails of a workspace in that time, because its addresses may belong to anybody. */
export const ALERT_MAILS_MAX = 20
const BATCH = 100

/** Events about tokens are emitted one by one when they occur, so these groups are only mailed. */
const MAIL_ONLY: ReadonlySet<AlertType> = new Set(['sluice.token.expiring', 'sluice.token.revoked'])

/**
 * Takes the groups that are due. Only one process gets a group: it locks the row, and resets it in the transaction that
 * stores the event.
 */
const TAKE = `
  with due as (
    select a.workspace_id, a.type, a.subject, a.count, a.since, a.details from alert_group a
     where a.count > 0 and (a.told_at is null or a.told_at <= $2)
       and not exists (select from workspace w where w.id = a.workspace_id and w.suspended_at is not null)
     order by a.told_at nulls first, a.workspace_id limit ${BATCH} for update of a skip locked),
  told as (
    update alert_group a set count = 0, since = null, told_at = $1 from due
     where (a.workspace_id, a.type, a.subject) = (due.workspace_id, due.type, due.subject)
    returning a.workspace_id, a.type, a.subject)
  select due.workspace_id as "workspaceId", due.type, due.subject, due.count, due.since, due.details,
         w.name as workspace, w.alert_emails as emails, f.name as flow, l.name as listener, s.url as sink,
         (select count(distinct o.told_at)::int from alert_group o
           where o.workspace_id = due.workspace_id and o.told_at > $2) as mails
    from told join due using (workspace_id, type, subject) join workspace w on w.id = due.workspace_id
    left join flow f on f.id = due.details->>'flowId'
    left join listener l on l.id = due.details->>'listenerId'
    left join event_sink s on s.id = due.details->>'sinkId'`

/** A group that is reported, with the names of its flow, listener and sink if these exist. */
export interface ReportedAlert {
  workspaceId: string
  type: AlertType
  subject: string
  count: number
  since: Date
  details: AlertDetails
  workspace: string
  emails: string[]
  flow: string | null
  listener: string | null
  sink: string | null
  /** How many mails the workspace got within the hour before this. */
  mails: number
}

export interface ReportDeps {
  pool: Pool
  mailer: Pick<Mailer, 'enabled' | 'send'>
  publicUrl: string
  /** Called when events are stored, which may be ready for delivery. */
  onEmitted?(): void
}

/**
 * Reports the groups that are due: with one event per group, and with one mail to each address of a workspace.
 *
 * A group (`alert_group`) is in one of these states:
 * - quiet: `count` is 0. `countAlerts` moves it on.
 * - due: `count` is above 0, and the group was never reported, or not for an hour. {@link TAKE} makes it quiet.
 * - held back: `count` is above 0, and the group was reported within the last hour. It becomes due with time.
 * @returns how many groups it reported
 */
export async function reportAlerts(deps: ReportDeps, now: number, signal?: AbortSignal): Promise<number> {
  let total = 0
  while (!signal?.aborted) {
    const told = await transaction(deps.pool, async (tx) => {
      const { rows } = await tx.query<ReportedAlert>(TAKE, [new Date(now), new Date(now - ALERT_EVERY_MS)])
      await storeEvents(
        (sql, values) => tx.query(sql, values),
        rows.filter(({ type }) => !MAIL_ONLY.has(type)).map((alert) => eventOf(alert, deps.publicUrl, now)),
        now
      )
      return rows
    })
    total += told.length
    if (told.length > 0) deps.onEmitted?.()
    for (const alerts of Map.groupBy(told, ({ workspaceId }) => workspaceId).values()) mail(deps, alerts)
    if (told.length < BATCH) break
  }
  return total
}

function eventOf({ workspaceId, type, subject, count, since, details }: ReportedAlert, publicUrl: string, now: number) {
  const key = `${type}/${workspaceId}/${subject}/${now}`
  return {
    workspaceId,
    effectKey: key,
    type,
    json: JSON.stringify({
      specversion: '1.0',
      id: key,
      source: `${publicUrl}/v1/workspaces/${workspaceId}`,
      type,
      subject,
      time: new Date(now).toISOString(),
      datacontenttype: 'application/json',
      data: { ...details, count, since: since.toISOString() }
    })
  }
}

function mail({ mailer, publicUrl }: ReportDeps, alerts: readonly ReportedAlert[]): void {
  const [first] = alerts
  if (!first || !mailer.enabled || first.mails >= ALERT_MAILS_MAX) return
  const last = first.mails + 1 === ALERT_MAILS_MAX
  for (const to of first.emails)
    mailer.send(alertsMail(to, { workspace: first.workspace, alerts, last, url: `${publicUrl}/console/` }))
}

/** Removes groups that have been quiet for a long time. */
export async function trimAlerts({ pool, now }: { pool: Pool; now: number }, signal?: AbortSignal): Promise<void> {
  const values = [new Date(now - 2 * ALERT_EVERY_MS)]
  await deleteBatches(pool, { table: 'alert_group', where: 'count = 0 and told_at < $1', values }, signal)
}
