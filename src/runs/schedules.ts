import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Database } from '../platform/db/client.ts'
import { Fault } from '../lib/fault.ts'
import { isTimeZone } from '../lib/time-zone.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import { type Membership, requireRole } from '../workspaces/access.ts'
import type { ListedSchedule, PublicSchedule, ScheduleChange, Scheduler } from './engine.ts'

export interface SchedulesDeps {
  engine: { schedules: Scheduler }
  database: Database
  audit: Audit
}

/** @throws Fault `not_found` where the published version has no schedule, or the account may not see the flow */
export async function readSchedule(
  { engine }: Pick<SchedulesDeps, 'engine'>,
  account: AccountRecord,
  flowId: string
): Promise<PublicSchedule> {
  const schedule = await engine.schedules.read([...account.memberships.keys()], flowId)
  if (!schedule) throw new Fault('not_found', { why: 'no_schedule' })
  return schedule
}

/**
 * Pauses a schedule, resumes it, or sets its time zone. Ticks missed during a pause are skipped.
 * @throws Fault `validation_failed` for an unknown time zone, `not_found`, `insufficient_scope`
 */
export async function changeSchedule(
  { engine, database, audit }: SchedulesDeps,
  account: AccountRecord,
  flowId: string,
  change: ScheduleChange,
  actor: Actor
): Promise<PublicSchedule> {
  if (change.timeZone !== undefined && !isTimeZone(change.timeZone))
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/timeZone', message: 'is not the name of a time zone' }]
    })
  const { workspaceId } = await readSchedule({ engine }, account, flowId)
  requireRole(account, workspaceId, 'editor')
  const changed = await engine.schedules.change([workspaceId], flowId, change)
  if (!changed) throw new Fault('not_found', { why: 'no_schedule' })
  const { paused, timeZone } = change
  await audit.record(database.prisma, {
    action: 'schedule.changed',
    actor,
    target: flowId,
    workspaceId,
    details: { ...(paused === undefined ? {} : { paused }), ...(timeZone === undefined ? {} : { timeZone }) }
  })
  return changed
}

/** The schedules of a workspace, in the order of its flows. */
export function listSchedules(
  { engine }: Pick<SchedulesDeps, 'engine'>,
  { workspaceId }: Membership,
  page: PageRequest
): Promise<Page<ListedSchedule>> {
  return engine.schedules.list(workspaceId, page)
}
