import { ApiProblem } from '../../api/problem.ts'
import type { FlowError, RunStatus, RunSummary } from '../../api/types.ts'
import { useList } from '../../api/use-api.ts'
import type { Rows } from '../../ui/Table.tsx'

/** A run as lists have it; what is optional is not answered by every gateway. */
export interface ListedRun extends RunSummary {
  error?: Pick<FlowError, 'status' | 'title' | 'instance'> | null
  replayOf?: string | null
}

export interface RunFilters {
  workspaceId?: string | undefined
  listenerId?: string | undefined
  flowId?: string | undefined
  tokenId?: string | undefined
  status?: string | undefined
  since?: string | undefined
}

export const ENDED: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled'])

const NEWEST = 200

/**
 * The runs that fit, newest first. A gateway that does not know a filter refuses it: then the newest runs are read and
 * the page filters them, which `partial` says.
 */
export function useRuns(
  filters: RunFilters,
  { every, enabled = true }: { every?: number | undefined; enabled?: boolean } = {}
): Rows<ListedRun> & { partial: boolean } {
  const asked = useList<ListedRun>('/v1/runs', { query: { ...filters }, every, enabled })
  const partial = asked.error instanceof ApiProblem && asked.error.status === 400
  const { listenerId, status, since } = filters
  const newest = useList<ListedRun>('/v1/runs', {
    query: { listenerId, status, since, limit: NEWEST },
    every,
    enabled: enabled && partial
  })
  if (!partial) return { ...asked, partial }
  return { ...newest, data: newest.data?.filter((run) => fits(run, filters)), partial }
}

function fits(run: ListedRun, { workspaceId, flowId, tokenId }: RunFilters): boolean {
  return (
    (!workspaceId || run.workspaceId === workspaceId) &&
    (!flowId || run.flowId === flowId) &&
    (!tokenId || run.caller.tokenId === tokenId)
  )
}
