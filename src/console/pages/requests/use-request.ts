import { ApiProblem } from '../../api/problem.ts'
import { useRead } from '../../api/use-api.ts'
import { RANGE_LONGEST, useRange } from '../../lib/ranges.ts'
import type { CheckResult } from '../../ui/CheckList.tsx'
import { useRequests, type ListedRequest } from './use-requests.ts'

export type RequestDetail = ListedRequest & { checks?: readonly CheckResult[] }

/** One call by its id. Where the gateway keeps no list of calls, it is looked for among runs and refusals. */
export function useRequest(requestId: string) {
  const asked = useRead<RequestDetail>(`/v1/requests/${encodeURIComponent(requestId)}`)
  const { since } = useRange(RANGE_LONGEST)
  const listed = useRequests({ since }, undefined)
  if (!(asked.error instanceof ApiProblem) || asked.error.status !== 404 || !listed.partial) return asked
  const found: RequestDetail | undefined = listed.data?.find((request) => request.requestId === requestId)
  const loading = listed.data === undefined && !listed.error
  return { data: found, error: found || loading ? null : asked.error, refetch: asked.refetch }
}
