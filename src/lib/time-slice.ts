/** A computation yields the event loop after this time. */
const SLICE_MS = 2

/** Computations that wait for their next slice. A thread has one event loop, and therefore one queue. */
const waiting: (() => void)[] = []

/**
 * The time slice of one long computation on this thread. It uses real time and no injected clock, because it measures
 * the event loop.
 */
export class TimeSlice {
  #startedAt = performance.now()

  get isSpent(): boolean {
    return performance.now() - this.#startedAt > SLICE_MS
  }

  /** Starts a new slice, after the computation has waited for something else and other work could run. */
  restart(): void {
    this.#startedAt = performance.now()
  }

  /**
   * Resolves when the computation may continue: one computation in each tick of the event loop, in order of arrival.
   * Requests, answers and other short work then wait for one slice at most, however many long computations there are.
   */
  async yield(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(serve)
    })
    this.restart()
  }
}

function serve(): void {
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(serve)
}
