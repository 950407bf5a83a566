import { useQueries } from '@tanstack/react-query'
import { readQuery, useRead } from '../../api/use-api.ts'
import type { Page } from '../../api/types.ts'

interface FlowName {
  id: string
  name: string
}

interface Flow extends FlowName {
  document: { use?: { secrets?: unknown } } | null
}

export interface SecretUsers {
  /** The flows whose latest version names the secret, among the flows that were read. */
  of(name: string): readonly FlowName[]
  loading: boolean
}

/** Each flow costs a call, so at most this many are read. */
const FLOWS_READ = 50
const STALE_MS = 60_000

/** Which flows name which secret in `use.secrets`. */
export function useSecretUsers(workspaceId: string): SecretUsers {
  const flows = useRead<Page<FlowName>>(`/v1/workspaces/${workspaceId}/flows`, { query: { limit: FLOWS_READ } })
  return useQueries({
    queries: (flows.data?.items ?? []).map(({ id }) => ({
      ...readQuery<Flow>(`/v1/flows/${id}`),
      staleTime: STALE_MS
    })),
    combine: (answers) => ({
      of: (name: string) =>
        answers.flatMap(({ data }) => (data && namesOf(data).includes(name) ? [{ id: data.id, name: data.name }] : [])),
      loading: flows.isPending || answers.some(({ isPending }) => isPending)
    })
  })
}

function namesOf({ document }: Flow): readonly unknown[] {
  const names = document?.use?.secrets
  return Array.isArray(names) ? names : []
}
