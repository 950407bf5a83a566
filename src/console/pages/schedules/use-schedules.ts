import { useQueries } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { Page, RunStatus } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import type { ScheduleRule } from '../../words/schedule.ts'

export interface ScheduleItem {
  flowId: string
  name: string
  rule: ScheduleRule
  timeZone: string
  paused: boolean
  /** The next ticks, soonest first; empty while it is paused. */
  next: readonly string[]
  lastRun: { runId: string; at: string; status?: RunStatus } | null
}

/** The schedule of one flow, from a gateway without a list of schedules. */
interface OneSchedule {
  rule: ScheduleRule
  timeZone: string
  paused: boolean
  nextAt: string | null
  lastAt: string | null
  lastRunId: string | null
}

/** Without a list of schedules, the schedule of each flow is read, for at most this many flows. */
const FLOWS_READ = 100
const EVERY_MS = 10_000

export interface Schedules {
  data: readonly ScheduleItem[] | undefined
  error: unknown
  refetch: () => unknown
}

/** The schedules of the flows of a workspace. */
export function useSchedules(workspaceId: string): Schedules {
  const list = useRead<{ items: ScheduleItem[] }>(`/v1/workspaces/${workspaceId}/schedules`, { every: EVERY_MS })
  const missing = list.error instanceof ApiProblem && list.error.status === 404
  const flows = useRead<Page<{ id: string; name: string }>>(`/v1/workspaces/${workspaceId}/flows`, {
    query: { limit: FLOWS_READ },
    enabled: missing
  })
  const each = useQueries({
    queries: (missing ? (flows.data?.items ?? []) : []).map(({ id, name }) => ({
      queryKey: [`/v1/flows/${id}/schedule`, {}],
      queryFn: ({ signal }: { signal: AbortSignal }) => scheduleOf(id, name, signal)
    })),
    combine: (answers) => ({
      pending: answers.some(({ isPending }) => isPending),
      error: answers.find(({ error }) => error)?.error,
      items: answers.flatMap(({ data }) => (data ? [data] : []))
    })
  })
  if (!missing) return { data: list.data?.items, error: list.error, refetch: list.refetch }
  const pending = flows.data === undefined || each.pending
  return {
    data: pending || each.error ? undefined : each.items,
    error: flows.error ?? each.error,
    refetch: flows.refetch
  }
}

/** The schedule of a flow; null if it has none, as most flows. */
async function scheduleOf(flowId: string, name: string, signal: AbortSignal): Promise<ScheduleItem | null> {
  try {
    const one = await call<OneSchedule>('GET', `/v1/flows/${flowId}/schedule`, { signal })
    return {
      flowId,
      name,
      rule: one.rule,
      timeZone: one.timeZone,
      paused: one.paused,
      next: one.nextAt && !one.paused ? [one.nextAt] : [],
      lastRun: one.lastRunId && one.lastAt ? { runId: one.lastRunId, at: one.lastAt } : null
    }
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return null
    throw error
  }
}
