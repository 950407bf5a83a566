/** A histogram of durations, to which adding is cheap. */
export interface DurationCounts {
  /** Upper bounds in seconds, inclusive. */
  readonly boundsSeconds: readonly number[]
  add(ms: number): void
  /** `counts` has one number per bound, and a last one for longer durations. The numbers are not cumulative. */
  read(): { counts: readonly number[]; sumSeconds: number }
}

/** @param boundsSeconds ascending */
export function createDurationCounts(boundsSeconds: readonly number[]): DurationCounts {
  const boundsMs = boundsSeconds.map((seconds) => seconds * 1000)
  const counts = Array.from({ length: boundsMs.length + 1 }, () => 0)
  let sumMs = 0
  return {
    boundsSeconds,
    add(ms) {
      let bucket = 0
      while (bucket < boundsMs.length && ms > (boundsMs[bucket] ?? 0)) bucket++
      counts[bucket] = (counts[bucket] ?? 0) + 1
      sumMs += ms
    },
    read: () => ({ counts: [...counts], sumSeconds: sumMs / 1000 })
  }
}
