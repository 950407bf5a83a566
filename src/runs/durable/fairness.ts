import { WORKSPACE_SHARE } from './limits.ts'

/**
 * The workspaces that get no further place in a process for now, given those of the runs it holds. One alone may take all but a reserve;
 * several share alike. So a backlog of one delays another only until a place of the reserve comes free.
 */
export function crowdedWorkspaces(held: readonly string[], capacity: number): string[] {
  const counts = new Map<string, number>()
  for (const workspaceId of held) counts.set(workspaceId, (counts.get(workspaceId) ?? 0) + 1)
  const share = counts.size > 1 ? Math.ceil(capacity / counts.size) : Math.max(1, Math.floor(capacity * WORKSPACE_SHARE))
  return [...counts].filter(([, count]) => count >= share).map(([workspaceId]) => workspaceId)
}
