import type { FlowPorts } from '../ports.ts'

/** The longest that a timer of the process can wait: nearly 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Calls `passed` after `ms`, unless it is silenced first. Without an alarm of the engine's, what is longer than a timer can wait is never.
 * @returns silences it
 */
export function ring(ports: FlowPorts, ms: number, passed: () => void): () => void {
  const wait = Math.max(0, ms)
  if (ports.alarm === undefined) {
    if (wait > MAX_TIMER_MS) return () => undefined
    // Not the timer that promises: silencing that one makes an error, with a stack, for nobody.
    const timer = setTimeout(passed, wait).unref()
    return () => clearTimeout(timer)
  }
  const watch = new AbortController()
  ports.alarm(wait, watch.signal).then(passed, () => undefined)
  return () => watch.abort()
}
