export interface WakeLoopOptions {
  /** It is woken at least as often. */
  everyMs: number
  /** Does all that is to be done. */
  work(): Promise<void>
  onError(error: unknown): void
}

/** Work that runs once at a time, when it is woken. */
export interface WakeLoop {
  /** Starts the work. Where it is under way, it runs once more: it may have missed what came just now. */
  wake(): void
  readonly isWorking: boolean
  readonly isStopped: boolean
  /** Resolves when the work is not under way. */
  idle(): Promise<void>
  /** Nothing wakes it any more. What is under way goes on to its end. */
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
