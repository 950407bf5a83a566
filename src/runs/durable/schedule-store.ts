import type { Pool } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import { isId } from '../../lib/ids.ts'
import { TimeSlice } from '../../lib/time-slice.ts'
import { pageOf, readCursor } from '../../platform/db/page.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { NEXT_TICKS, type PublicSchedule, type ScheduleRule, type Scheduler } from '../engine.ts'
import type { RunStatus } from '../run.ts'
import { nextTick } from './next-tick.ts'
import { syncSchedules } from './schedules.ts'

interface Row {
  flowId: string
  workspaceId: string
  flowVersion: number
  rule: ScheduleRule
  timeZone: string
  nextAt: Date | null
  pausedAt: Date | null
  lastAt: Date | null
  lastRunId: string | null
}

const READ = `
  select flow_id as "flowId", workspace_id as "workspaceId", flow_version as "flowVersion", rule,
         time_zone as "timeZone", next_at as "nextAt", paused_at as "pausedAt", last_at as "lastAt",
         last_run_id as "lastRunId"
    from schedule where flow_id = $1 and workspace_id = any($2)`

const LIST = `
  select s.flow_id as id, f.name, f.created_at as "createdAt", s.rule, s.time_zone as "timeZone",
         s.next_at as "nextAt", s.paused_at as "pausedAt", s.last_at as "lastAt", r.id as "runId", r.status
    from schedule s join flow f on f.id = s.flow_id left join run_rest r on r.id = s.last_run_id
   where s.workspace_id = $1 and ($3::timestamptz is null or (f.created_at, f.id) < ($3, $4))
   order by f.created_at desc, f.id desc limit $2`

interface Listed extends Pick<Row, 'rule' | 'timeZone' | 'nextAt' | 'pausedAt' | 'lastAt'> {
  id: string
  name: string
  createdAt: Date
  runId: string | null
  status: RunStatus | null
}

/** Reads and changes the rows of `schedule` that `syncSchedules` creates. */
export function createScheduleStore({ pool, clock }: { pool: Pool; clock: Clock }): Scheduler {
  return {
    async read(workspaceIds, flowId) {
      if (!isId('flw', flowId)) return undefined
      const {
        rows: [row]
      } = await pool.query<Row>(READ, [flowId, workspaceIds])
      return row && publicSchedule(row)
    },

    async list(workspaceId, { limit, cursor }) {
      const after = readCursor(cursor)
      const { rows } = await pool.query<Listed>(LIST, [workspaceId, limit + 1, after?.time, after?.id])
      const slice = new TimeSlice()
      const next = new Map<string, string[]>()
      for (const row of rows) {
        next.set(row.id, nextTicks(row))
        if (slice.isSpent) await slice.yield()
      }
      return pageOf(rows, limit, 'createdAt', (row) => ({
        flowId: row.id,
        name: row.name,
        rule: row.rule,
        timeZone: row.timeZone,
        paused: row.pausedAt !== null,
        next: next.get(row.id) ?? [],
        lastRun:
          row.runId !== null && row.status !== null && row.lastAt
            ? { runId: row.runId, at: row.lastAt.toISOString(), status: row.status }
            : null
      }))
    },

    sync: (flowId) => syncSchedules({ pool, clock }, flowId),

    change: (workspaceIds, flowId, change) =>
      transaction(pool, async (tx) => {
        const {
          rows: [row]
        } = await tx.query<Row>(`${READ} for update`, [flowId, workspaceIds])
        if (!row) return undefined
        const now = clock.now()
        const timeZone = change.timeZone ?? row.timeZone
        const paused = change.paused ?? row.pausedAt !== null
        const next = paused
          ? undefined
          : nextTick(row.rule, timeZone, 'afterMs' in row.rule ? undefined : row.lastAt?.getTime(), now)
        const pausedAt = paused ? (row.pausedAt ?? new Date(now)) : null
        const nextAt = next === undefined ? null : new Date(next)
        await tx.query(
          `update schedule set paused_at = $2, time_zone = $3, next_at = $4, time_zone_set = time_zone_set or $5
            where flow_id = $1`,
          [flowId, pausedAt, timeZone, nextAt, change.timeZone !== undefined]
        )
        return publicSchedule({ ...row, timeZone, pausedAt, nextAt })
      })
  }
}

/** The next tick and those that follow it, at most {@link NEXT_TICKS}. */
function nextTicks({ rule, timeZone, nextAt }: Pick<Row, 'rule' | 'timeZone' | 'nextAt'>): string[] {
  const ticks: string[] = []
  let tick = nextAt?.getTime()
  while (tick !== undefined && ticks.length < NEXT_TICKS) {
    ticks.push(new Date(tick).toISOString())
    tick = nextTick(rule, timeZone, tick, tick)
  }
  return ticks
}

function publicSchedule(row: Row): PublicSchedule {
  const { flowId, workspaceId, flowVersion, rule, timeZone, lastRunId } = row
  return {
    flowId,
    workspaceId,
    flowVersion,
    rule,
    timeZone,
    paused: row.pausedAt !== null,
    nextAt: row.nextAt?.toISOString() ?? null,
    next: nextTicks(row),
    lastAt: row.lastAt?.toISOString() ?? null,
    lastRunId
  }
}
