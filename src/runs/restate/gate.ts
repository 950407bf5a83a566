/** The effects that this process makes: what is under way ends, and once the gate is closed nothing begins. */
export interface Gate {
  /** @returns to be called when the effect has ended */
  enter(): () => void
  isClosed(): boolean
  /** Resolves when nothing is under way any more. */
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
