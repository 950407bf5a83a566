import type { FlowPorts } from '../ports.ts'

/** The longest delay of a timer in Node: nearly 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Calls `passed` at `until` (milliseconds since the epoch), unless it is cancelled first. Without the engine's `alarm`,
 * a delay that is longer than a timer allows never ends.
 * @param key names it within the run
 * @returns a function that cancels it
 */
export function startTimer(ports: FlowPorts, until: number, key: string, passed: () => void): () => void {
  if (ports.alarm === undefined) {
    const wait = Math.max(0, until - ports.now())
    if (wait > MAX_TIMER_MS) return () => undefined
    // Not the promise-based timer: cancelling that one creates an error with a stack that nobody reads.
    const timer = setTimeout(passed, wait).unref()
    return () => clearTimeout(timer)
  }
  const watch = new AbortController()
  ports.alarm(until, watch.signal, key).then(passed, () => undefined)
  return () => watch.abort()
}
