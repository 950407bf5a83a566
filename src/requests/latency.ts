/** The lower end of the scale, in milliseconds. */
const SMALLEST_MS = 0.125
/** Buckets per doubling of a duration: neighbouring buckets are 19 % apart. */
const STEPS = 4
/** Reaches 500 seconds, which is longer than any call may take. */
export const LATENCY_BUCKETS = 88

/** The bucket of a duration, from 0. */
export function latencyBucket(ms: number): number {
  if (!(ms > SMALLEST_MS)) return 0
  return Math.min(Math.round(STEPS * Math.log2(ms / SMALLEST_MS)), LATENCY_BUCKETS - 1)
}

/**
 * The duration that the share `quantile` of all durations does not exceed, exact to 9 %.
 * @param buckets pairs of bucket and count, in rising order
 * @returns milliseconds; undefined if nothing was counted
 */
export function quantileOf(buckets: readonly (readonly [bucket: number, count: number])[], quantile: number) {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  let seen = 0
  for (const [bucket, count] of buckets) {
    seen += count
    if (seen >= quantile * total) return Math.round(SMALLEST_MS * 2 ** (bucket / STEPS) * 100) / 100
  }
  return undefined
}
