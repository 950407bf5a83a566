import { useMemo } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import type { Page, RunSummary } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'

export interface HourOfCalls {
  /** Start of the hour, UTC. */
  at: string
  answered: number
  refused: number
  failed: number
}

/** A bucket of the usage of a workspace. `calls` includes refused and failed ones. */
interface UsageBucket {
  at: string
  calls: number
  refused: number
  failed: number
}

export const HOURS = 24
const HOUR_MS = 3_600_000
const RUNS_READ = 200
const EVERY_MS = 15_000

/**
 * The calls of the last 24 hours by hour, oldest first. A gateway without the usage of workspaces has only runs: then
 * `runsOnly` is set, refused calls are missing, and at most the newest 200 runs are counted.
 */
export function useCallsByHour(workspaceId: string): { hours: HourOfCalls[] | undefined; runsOnly: boolean } {
  const from = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (HOURS - 1) * HOUR_MS
  const since = new Date(from).toISOString()
  const usage = useRead<{ items: UsageBucket[] }>(`/v1/workspaces/${workspaceId}/usage`, {
    query: { by: 'outcome', unit: 'hour', since },
    every: EVERY_MS
  })
  const runsOnly = usage.error instanceof ApiProblem && (usage.error.status === 404 || usage.error.status === 400)
  const runs = useRead<Page<RunSummary>>('/v1/runs', { query: { since, limit: RUNS_READ }, enabled: runsOnly })
  const buckets = usage.data?.items
  const items = runs.data?.items
  return useMemo(() => {
    if (!runsOnly) return { runsOnly, hours: buckets && hoursOf(from, buckets.map(ofBucket)) }
    const own = items?.filter((run) => run.workspaceId === workspaceId)
    return { runsOnly, hours: own && hoursOf(from, own.map(ofRun)) }
  }, [from, runsOnly, buckets, items, workspaceId])
}

function ofBucket({ at, calls, refused, failed }: UsageBucket): HourOfCalls {
  return { at, answered: calls - refused - failed, refused, failed }
}

function ofRun({ startedAt, status }: RunSummary): HourOfCalls {
  const failed = status === 'failed' ? 1 : 0
  return { at: startedAt, answered: 1 - failed, refused: 0, failed }
}

/** Every hour from the first one on, hours without calls included. */
export function hoursOf(from: number, parts: readonly HourOfCalls[]): HourOfCalls[] {
  const hours = Array.from({ length: HOURS }, (_, index) => ({
    at: new Date(from + index * HOUR_MS).toISOString(),
    answered: 0,
    refused: 0,
    failed: 0
  }))
  for (const { at, answered, refused, failed } of parts) {
    const hour = hours[Math.floor((Date.parse(at) - from) / HOUR_MS)]
    if (!hour) continue
    hour.answered += answered
    hour.refused += refused
    hour.failed += failed
  }
  return hours
}
