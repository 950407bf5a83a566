export interface WakeLoopOptions {
  /** The loop is woken at least this often. */
  everyMs: number
  /** Does all pending work. */
  work(): Promise<void>
  onError(error: unknown): void
}

/** Work that runs when it is woken, one run at a time. */
export interface WakeLoop {
  /**
   * Starts the work. If it is running, it runs once more afterwards, because it may have missed what has just arrived.
   */
  wake(): void
  readonly isWorking: boolean
  readonly isStopped: boolean
  /** Resolves when the work is not running. */
  idle(): Promise<void>
  /** Nothing wakes the loop any more. A running run goes on to its end. */
  stop(): void
}

/**
 * @example
 * const loop = createWakeLoop({ everyMs: 1_000, work: takeAll, onError: (err) => log.error({ err }, 'not taken') })
 * notifications.subscribe('queue', loop.wake)
 */
export function createWakeLoop({ everyMs, work, onError }: WakeLoopOptions): WakeLoop {
  let working: Promise<void> | undefined
  let again = false
  let stopped = false
  const timer = setInterval(wake, everyMs).unref()

  function wake(): void {
    if (stopped) return
    if (working) {
      again = true
      return
    }
    working = work()
      .catch(onError)
      .finally(() => {
        working = undefined
        if (!again) return
        again = false
        wake()
      })
  }

  return {
    wake,
    get isWorking() {
      return working !== undefined
    },
    get isStopped() {
      return stopped
    },
    async idle() {
      while (working) await working
    },
    stop() {
      stopped = true
      clearInterval(timer)
    }
  }
}
