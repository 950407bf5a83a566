import type { Pool } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import { isId } from '../../lib/ids.ts'
import { transaction } from '../../platform/db/transaction.ts'
import type { PublicSchedule, ScheduleRule, ScheduleStore } from '../engine.ts'
import { nextTick } from './next-tick.ts'

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

/** Reads and changes the rows of `schedule` that `syncSchedules` keeps. */
export function createScheduleStore({ pool, clock }: { pool: Pool; clock: Clock }): ScheduleStore {
  return {
    async read(workspaceIds, flowId) {
      if (!isId('flw', flowId)) return undefined
      const {
        rows: [row]
      } = await pool.query<Row>(READ, [flowId, workspaceIds])
      return row && publicSchedule(row)
    },

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
        await tx.query('update schedule set paused_at = $2, time_zone = $3, next_at = $4 where flow_id = $1', [
          flowId,
          pausedAt,
          timeZone,
          nextAt
        ])
        return publicSchedule({ ...row, timeZone, pausedAt, nextAt })
      })
  }
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
    lastAt: row.lastAt?.toISOString() ?? null,
    lastRunId
  }
}
