import { FETCH_BATCH, WORKSPACE_SHARE } from './settings.ts'

/** What a process fetches from the queue next: up to `limit` jobs, except those of the workspaces in `otherThan`. */
export interface Fetch {
  limit: number
  otherThan: readonly string[]
}

/**
 * How the capacity of a process is shared among workspaces, given the workspaces of the runs it holds. A single
 * workspace may take all but a reserve; several get equal shares. No fetch is larger than what one workspace may still
 * take, because all its jobs may belong to one. A backlog therefore delays others only for as long as it takes to start
 * their runs.
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
