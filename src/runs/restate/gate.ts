/** The effects that this process performs. Once the gate is closed, effects in progress still end, and none begins. */
export interface Gate {
  /** @returns a function to call when the effect has ended */
  enter(): () => void
  isClosed(): boolean
  /** Closes the gate. Resolves when no effect is in progress. */
  close(): Promise<void>
}

export function createGate(): Gate {
  const { promise: empty, resolve } = Promise.withResolvers<void>()
  let underWay = 0
  let closed = false
  return {
    enter() {
      underWay++
      return () => {
        if (--underWay === 0 && closed) resolve()
      }
    },
    isClosed: () => closed,
    async close() {
      closed = true
      if (underWay > 0) await empty
    }
  }
}
