import { useRead } from '../../api/use-api.ts'
import { useRange } from '../../lib/ranges.ts'

interface UsageItem {
  key: string | null
  calls: number
  refused: number
  failed: number
}

export type Counts = ReadonlyMap<string, { calls: number; refused: number }>

/** Calls and refusals of the last 24 hours by listener; undefined if the gateway does not count them. */
export function useListenerCounts(workspaceId: string): Counts | undefined {
  const { since } = useRange()
  const { data, error } = useRead<{ items: UsageItem[] }>(`/v1/workspaces/${workspaceId}/usage`, {
    query: { by: 'listener', unit: 'hour', since }
  })
  if (error || !data) return undefined
  const counts = new Map<string, { calls: number; refused: number }>()
  for (const { key, calls, refused } of data.items) {
    const before = counts.get(key ?? '') ?? { calls: 0, refused: 0 }
    counts.set(key ?? '', { calls: before.calls + calls, refused: before.refused + refused })
  }
  return counts
}
