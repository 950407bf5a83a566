/** What a process has taken and must give back: servers, connections, child processes. */
export interface Holdings {
  add(name: string, free: () => Promise<unknown>): void
  /** Frees in the reverse order, once. One that cannot be freed keeps none of the others. */
  free(onError: (name: string, error: unknown) => void): Promise<void>
}

export function createHoldings(): Holdings {
  const held: { name: string; free: () => Promise<unknown> }[] = []
  return {
    add(name, free) {
      held.push({ name, free })
    },
    async free(onError) {
      for (let last = held.pop(); last; last = held.pop()) {
        try {
          await last.free()
        } catch (error) {
          onError(last.name, error)
        }
      }
    }
  }
}
