import type { FlowSummary, Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { shortId } from '../../ui/Id.tsx'

const PAGE_SIZE = 200

/** The flows of a workspace, for names and choices. */
export function useFlows(workspaceId: string | undefined) {
  const { data } = useRead<Page<FlowSummary>>(`/v1/workspaces/${workspaceId}/flows`, {
    query: { limit: PAGE_SIZE },
    enabled: workspaceId !== undefined
  })
  const flows = data?.items ?? []
  const nameOf = (id: string): string => flows.find((flow) => flow.id === id)?.name ?? shortId(id)
  return { flows, nameOf }
}
