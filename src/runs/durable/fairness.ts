import { FETCH_BATCH, WORKSPACE_SHARE } from './settings.ts'

/** What a process asks the queue for: so many jobs, of other workspaces than these. */
export interface Fetch {
  limit: number
  otherThan: readonly string[]
}

/**
 * How the places of a process are shared among workspaces, given those of the runs it holds. One workspace alone may take all but a reserve; several share alike.
 * No fetch is larger than what one workspace may still take, as all of its jobs may be of one. So a backlog delays others by no more than it takes to start theirs.
 */
export function nextFetch(held: readonly string[], capacity: number): Fetch {
  const counts = new Map<string, number>()
  for (const workspaceId of held) counts.set(workspaceId, (counts.get(workspaceId) ?? 0) + 1)
  const share = Math.max(
    1,
    counts.size > 1 ? Math.ceil(capacity / counts.size) : Math.floor(capacity * WORKSPACE_SHARE)
  )
  const otherThan = [...counts].filter(([, count]) => count >= share).map(([workspaceId]) => workspaceId)
  const heaviest = Math.max(0, ...[...counts.values()].filter((count) => count < share))
  return { limit: Math.max(0, Math.min(FETCH_BATCH, capacity - held.length, share - heaviest)), otherThan }
}
