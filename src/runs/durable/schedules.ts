import type { Pool, PoolClient } from 'pg'
import { cronFault, durationMs } from '../../dsl/index.ts'
import { type Clock, wholeSeconds } from '../../lib/clock.ts'
import type { NewRun, ScheduleRule } from '../engine.ts'
import { nextTick } from './next-tick.ts'
import { inSuspendedWorkspace } from './suspended-workspace.ts'
import { transaction } from '../../platform/db/transaction.ts'

const BATCH = 200

export interface SchedulesDeps {
  pool: Pool
  clock: Clock
  newRunId(flowId: string, tick: number): string
  /** Queues a run. If `tx` does not commit, the tick starts again. */
  start(tx: PoolClient, run: NewRun): Promise<void>
}

interface Row {
  flowId: string
  workspaceId: string
  flowVersion: number
  rule: ScheduleRule
  timeZone: string
  nextAt: Date | null
  suspended: boolean
}

/** SQL condition: whether the version `v` has a schedule of times, and not of events. */
const BY_TIME = `v.schedule is not null and v.schedule -> 'on' is null`

const PUBLISHED = `
  select f.id as "flowId", f.workspace_id as "workspaceId", v.version as "flowVersion",
         v.schedule, coalesce(v.time_zone, 'UTC') as "zoneOfDocument", s.time_zone as "zoneOfRow",
         coalesce(s.time_zone_set, false) as "isZoneSet"
    from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version
    left join schedule s on s.flow_id = f.id
   where ($1::text is null or f.id = $1) and ${BY_TIME}`

/**
 * An unchanged rule in the same time zone keeps its next tick, whatever else a new version changes. A paused schedule
 * has no next tick. If the time zone was changed meanwhile, the tick was computed for the old one: nothing is written,
 * and the next sync sets it.
 */
const UPSERT = `
  insert into schedule (flow_id, workspace_id, flow_version, rule, next_at, time_zone) values ($1, $2, $3, $4, $5, $6)
  on conflict (flow_id) do update set flow_version = excluded.flow_version, rule = excluded.rule,
    time_zone = excluded.time_zone,
    next_at = case when schedule.paused_at is not null
                     or (schedule.rule::text = excluded.rule::text and schedule.time_zone = excluded.time_zone)
                   then schedule.next_at else excluded.next_at end
  where schedule.flow_version <> excluded.flow_version and schedule.time_zone = coalesce($7, schedule.time_zone)
    and schedule.time_zone_set = $8`

const DROP = `
  delete from schedule s where ($1::text is null or s.flow_id = $1) and not exists (
    select from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version
     where f.id = s.flow_id and ${BY_TIME})`

/**
 * Brings the rows of `schedule` in line with the published versions: of one flow, or of all. Any process may call this
 * at any time.
 */
export async function syncSchedules(
  { pool, clock }: Pick<SchedulesDeps, 'pool' | 'clock'>,
  flowId: string | null
): Promise<void> {
  const { rows } = await pool.query<{
    flowId: string
    workspaceId: string
    flowVersion: number
    schedule: Record<string, unknown>
    zoneOfDocument: string
    zoneOfRow: string | null
    isZoneSet: boolean
  }>(PUBLISHED, [flowId])
  const now = clock.now()
  for (const { schedule, ...row } of rows) {
    const rule = ruleOf(schedule)
    if (!rule) continue
    const timeZone = row.isZoneSet && row.zoneOfRow !== null ? row.zoneOfRow : row.zoneOfDocument
    const next = nextTick(rule, timeZone, undefined, now)
    await pool.query(UPSERT, [
      row.flowId,
      row.workspaceId,
      row.flowVersion,
      JSON.stringify(rule),
      next === undefined ? null : new Date(next),
      timeZone,
      row.zoneOfRow,
      row.isZoneSet
    ])
  }
  await pool.query(DROP, [flowId])
}

/** The rule of a document's `schedule`; undefined for a form that the lint no longer accepts. */
export function ruleOf(schedule: Readonly<Record<string, unknown>>): ScheduleRule | undefined {
  const { cron } = schedule
  if (typeof cron === 'string') return cronFault(cron) === undefined ? { cron } : undefined
  const everyMs = durationMs(schedule['every'])
  if (everyMs !== undefined && everyMs > 0) return { everyMs }
  const afterMs = durationMs(schedule['after'])
  return afterMs === undefined ? undefined : { afterMs }
}

/**
 * Starts the schedules that are due, and returns how many. Each row of `schedule` is in one of four states:
 * - ticking: `next_at` is set. `startIn` locks the row, queues the run, and sets the next tick or clears it, in one
 *   transaction: over any number of processes, each tick starts one run.
 * - following a run: an `after` rule without `next_at`. `continueAfter` sets the tick once the run `last_run_id` ends.
 * - paused: `paused_at` is set. `change` in schedule-store.ts moves a row here and back.
 * - finished: no `next_at`, and a rule that has no further tick.
 * In a suspended workspace a tick that is due starts nothing: `startIn` sets the next one. An `after` rule waits.
 * `syncSchedules` creates, updates and deletes the rows when a version is published, and every few minutes.
 */
export async function startDue(deps: SchedulesDeps): Promise<number> {
  const { pool, clock } = deps
  const now = clock.now()
  const { rows } = await pool.query({
    name: 'schedules_due',
    values: [new Date(now)],
    text: `
      select 1 from schedule s
       where paused_at is null and (next_at <= $1 or (next_at is null and rule->>'afterMs' is not null))
         and not ${waitsForWorkspace('s')} limit 1`
  })
  return rows.length === 0
    ? 0
    : transaction(pool, async (tx) => {
        await continueAfter(tx)
        return startIn(tx, deps, now)
      })
}

/** An `after` rule counts from the end of the previous run. */
async function continueAfter(tx: PoolClient): Promise<void> {
  await tx.query(`
    with ready as (
      select s.flow_id, r.finished_at from schedule s join run_rest r on r.id = s.last_run_id
       where s.next_at is null and s.paused_at is null and s.rule->>'afterMs' is not null
         and r.finished_at is not null limit ${BATCH} for update of s skip locked)
    update schedule s
       set next_at = ready.finished_at + (s.rule->>'afterMs')::float8 * interval '1 millisecond'
      from ready where s.flow_id = ready.flow_id`)
}

async function startIn(tx: PoolClient, { newRunId, start }: SchedulesDeps, now: number): Promise<number> {
  const { rows } = await tx.query<Row>(
    `
    select flow_id as "flowId", workspace_id as "workspaceId", flow_version as "flowVersion", rule,
           time_zone as "timeZone", next_at as "nextAt", ${inSuspendedWorkspace('s')} as suspended
      from schedule s where next_at <= $1 and paused_at is null and not ${waitsForWorkspace('s')}
     order by next_at limit ${BATCH} for update skip locked`,
    [new Date(now)]
  )
  for (const row of rows.filter(({ suspended }) => suspended))
    await tx.query('update schedule set next_at = $2 where flow_id = $1', [row.flowId, tickAfter(row, now)])
  const started = rows.filter(({ suspended }) => !suspended)
  for (const row of started) {
    const due = row.nextAt?.getTime() ?? now
    const id = newRunId(row.flowId, due)
    const caller = { kind: 'schedule' as const, id: row.flowId, name: 'schedule', workspaceId: row.workspaceId }
    await start(tx, {
      id,
      workspaceId: row.workspaceId,
      listenerId: null,
      flowId: row.flowId,
      flowVersion: row.flowVersion,
      accountId: null,
      tokenId: null,
      requestId: id,
      caller,
      input: {
        scheduledFor: wholeSeconds(due),
        scheduledForEpoch: { seconds: Math.floor(due / 1000), milliseconds: due },
        caller
      },
      priority: 0,
      acceptedAt: now
    })
    await tx.query('update schedule set next_at = $2, last_run_id = $3, last_at = $4 where flow_id = $1', [
      row.flowId,
      tickAfter(row, now),
      id,
      new Date(due)
    ])
  }
  return started.length
}

function tickAfter({ rule, timeZone, nextAt }: Row, now: number): Date | null {
  const next = nextTick(rule, timeZone, nextAt?.getTime() ?? now, now)
  return next === undefined ? null : new Date(next)
}

/** SQL condition: whether an `after` rule waits until the suspension of its workspace is lifted. */
function waitsForWorkspace(alias: string): string {
  return `(${alias}.rule->>'afterMs' is not null and ${inSuspendedWorkspace(alias)})`
}
