import type { RunStatus, RunSummary } from '../../api/types.ts'
import { useList } from '../../api/use-api.ts'

export interface RunFilters {
  workspaceId?: string | undefined
  listenerId?: string | undefined
  flowId?: string | undefined
  tokenId?: string | undefined
  status?: string | undefined
  since?: string | undefined
  limit?: number
}

export const ENDED: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled'])

/** The runs that match the filters, newest first. */
export function useRuns(filters: RunFilters, options: { every?: number | undefined; enabled?: boolean } = {}) {
  return useList<RunSummary>('/v1/runs', { query: { ...filters }, ...options })
}
