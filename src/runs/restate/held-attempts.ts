/** The attempts at runs that are in progress in this process, by workspace. */
export interface HeldAttempts {
  /** @returns a function to call when the attempt has ended */
  enter(workspaceId: string, stop: () => void): () => void
  has(workspaceId: string): boolean
  /** Lets the attempts of a workspace end at their next effect. */
  stop(workspaceId: string): void
}

export function createHeldAttempts(): HeldAttempts {
  const byWorkspace = new Map<string, Set<() => void>>()
  return {
    enter(workspaceId, stop) {
      const held = byWorkspace.get(workspaceId) ?? new Set()
      byWorkspace.set(workspaceId, held)
      held.add(stop)
      return () => {
        held.delete(stop)
        if (held.size === 0) byWorkspace.delete(workspaceId)
      }
    },
    has: (workspaceId) => byWorkspace.has(workspaceId),
    stop(workspaceId) {
      for (const stop of byWorkspace.get(workspaceId) ?? []) stop()
    }
  }
}
