import { useList } from '../../api/use-api.ts'
import type { CheckResult } from '../../ui/CheckList.tsx'

export type Outcome = 'answered' | 'refused' | 'failed'

/** A call of a listener, admitted or refused. */
export interface ListedRequest {
  requestId: string
  at: string
  outcome: Outcome
  status: number
  code: string | null
  reason: string | null
  listenerId: string | null
  credential: { kind: string; tokenId?: string; tokenStart?: string; customerId?: string }
  ip: string | null
  ms: number | null
  runId?: string
  /** An editor of the listener tried it. */
  try?: true
}

/** One call with its checks, up to the first that failed. */
export interface RequestDetail extends ListedRequest {
  checks: readonly CheckResult[]
}

export interface RequestFilters {
  workspaceId?: string | undefined
  listenerId?: string | undefined
  tokenId?: string | undefined
  outcome?: string | undefined
  reason?: string | undefined
  ip?: string | undefined
  since: string
}

/** Calls, newest first. */
export function useRequests(filters: RequestFilters, every: number | undefined) {
  return useList<ListedRequest>('/v1/requests', { query: { ...filters }, every })
}
