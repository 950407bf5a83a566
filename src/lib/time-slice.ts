/** Work that computes without waiting lets others go on after this long. */
const SLICE_MS = 2

/** Those who have had their slice. The event loop is one for the process, so its queue is, too. */
const waiting: (() => void)[] = []

/** One long computation's share of this thread. Real time on purpose: an injected clock says nothing of the event loop. */
export class TimeSlice {
  #startedAt = performance.now()

  get isSpent(): boolean {
    return performance.now() - this.#startedAt > SLICE_MS
  }

  /** A new slice: the computation has waited for something outside, so others had their turn. */
  restart(): void {
    this.#startedAt = performance.now()
  }

  /**
   * Resolves when it may compute again: one computation a turn of the event loop, first come, first served. Everybody else (requests, answers,
   * what is short) then waits for one slice at most, however many long computations there are.
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
