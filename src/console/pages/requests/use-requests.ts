import { useQueries } from '@tanstack/react-query'
import { ApiProblem } from '../../api/problem.ts'
import type { Denial, Page, RunSummary, Token } from '../../api/types.ts'
import { readQuery, useList, useRead } from '../../api/use-api.ts'
import type { Rows } from '../../ui/Table.tsx'
import { ENDED, useRuns } from '../runs/use-runs.ts'

export type Outcome = 'answered' | 'refused' | 'failed'

/** A call of a listener, whether it was let in or not. */
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
  runId?: string | null
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

const NEWEST = 200
const TOKENS = 20

/**
 * Calls, newest first. A gateway that keeps no list of them has runs, and refusals of the reader's own tokens: these are
 * put together, which `partial` says.
 */
export function useRequests(
  filters: RequestFilters,
  every: number | undefined
): Rows<ListedRequest> & { partial: boolean } {
  const asked = useList<ListedRequest>('/v1/requests', { query: { ...filters }, every })
  const partial = asked.error instanceof ApiProblem && asked.error.status === 404
  const merged = useMerged(filters, partial, every)
  return partial ? { ...merged, partial } : { ...asked, partial }
}

function useMerged(filters: RequestFilters, enabled: boolean, every: number | undefined): Rows<ListedRequest> {
  const { workspaceId, listenerId, tokenId, since } = filters
  const runs = useRuns({ workspaceId, listenerId, tokenId, since }, { every, enabled })
  const tokens = useRead<Page<Token>>('/v1/tokens', { query: { limit: NEWEST }, enabled })
  const newest = enabled ? (tokens.data?.items ?? []).slice(0, TOKENS) : []
  const denials = useQueries({
    queries: newest.map(({ id }) => ({
      ...readQuery<Page<Denial>>(`/v1/tokens/${id}/denials`, { limit: NEWEST }),
      refetchInterval: every ?? (false as const)
    })),
    combine: (answers) =>
      answers.flatMap(({ data }, index) =>
        (data?.items ?? []).map((denial) => ofDenial(denial, newest[index] as Token))
      )
  })
  const all = [...(runs.data ?? []).map(ofRun), ...denials]
  return {
    ...runs,
    data: runs.data && all.filter((request) => fits(request, filters)).sort((a, b) => b.at.localeCompare(a.at))
  }
}

function ofRun(run: RunSummary): ListedRequest {
  const { id, listenerId, requestId, startedAt, finishedAt, status, mode, caller } = run
  const failed = status === 'failed'
  return {
    requestId,
    at: startedAt,
    outcome: failed ? 'failed' : 'answered',
    status: mode === 'async' || !ENDED.has(status) ? 202 : failed ? (run.error?.status ?? 500) : 200,
    code: failed ? 'flow_failed' : null,
    reason: null,
    listenerId,
    credential: { kind: caller.kind, ...(caller.tokenId ? { tokenId: caller.tokenId } : {}) },
    ip: null,
    ms: finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null,
    runId: id
  }
}

function ofDenial({ requestId, at, reason, listenerId, ip }: Denial, { id, start }: Token): ListedRequest {
  const credential = { kind: 'token', tokenId: id, tokenStart: start }
  return { requestId, at, outcome: 'refused', status: 0, code: null, reason, listenerId, credential, ip, ms: null }
}

function fits(request: ListedRequest, { listenerId, tokenId, outcome, reason, ip, since }: RequestFilters): boolean {
  return (
    request.at >= since &&
    (!listenerId || request.listenerId === listenerId) &&
    (!tokenId || request.credential.tokenId === tokenId) &&
    (!outcome || request.outcome === outcome) &&
    (!reason || request.reason === reason) &&
    (!ip || request.ip === ip)
  )
}
