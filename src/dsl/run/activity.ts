/** Tracks what one run does besides its effects and timeouts. */
export interface Activity {
  /** For `FlowPorts.working`. */
  working(work: Promise<unknown>): void
  /**
   * Resolves when the run is quiet: none of its work is running, and it has done everything that it can do before the
   * next answer to an effect or a timeout. Which effects and timeouts it has requested by then follows only from its
   * input and the answers so far, not from how long anything took.
   */
  quiet(): Promise<void>
}

/**
 * Watches one run.
 * @example
 * const activity = createActivity()
 * const outcome = runFlow(flow, input, { …, ports: { ...ports, working: activity.working } })
 * await activity.quiet() // every effect that needs no answer of another has been asked for
 */
export function createActivity(): Activity {
  let underWay = 0
  let rest: (() => void) | undefined

  return {
    working(work) {
      underWay++
      const goOn = (): void => {
        if (--underWay === 0) rest?.()
      }
      work.then(goOn, goOn)
    },

    async quiet() {
      for (;;) {
        if (underWay > 0) {
          await new Promise<void>((resolve) => {
            rest = resolve
          })
          rest = undefined
        }
        // Node runs every continuation of a settled promise, and those that follow from it, before the next immediate.
        await new Promise<void>((resolve) => void setImmediate(resolve))
        if (underWay === 0) return
      }
    }
  }
}
