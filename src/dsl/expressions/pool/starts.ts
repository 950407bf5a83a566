/** Measures the time in which threads of a pool are starting. */
export interface Starts {
  /** Call this when the thread of a job starts, or loads what the job needs; call the result when that is over. */
  begin(): () => void
  /** Milliseconds so far in which at least one was starting. */
  totalMs(): number
  /** How many are starting. */
  count(): number
}

export function createStarts(now: () => number): Starts {
  let count = 0
  let since = 0
  let total = 0

  return {
    begin() {
      if (count++ === 0) since = now()
      let over = false
      return () => {
        if (over) return
        over = true
        if (--count === 0) total += now() - since
      }
    },
    totalMs: () => total + (count === 0 ? 0 : now() - since),
    count: () => count
  }
}
