import { setTimeout as afterMs } from 'node:timers/promises'
import type { Cancel } from './cancel.ts'
import type { Run } from './state.ts'

/** The longest that a timer of the process can wait: nearly 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Calls `passed` after `ms`, unless the watch is cancelled first. What is longer than a timer can wait is judged when the run is next resumed. */
export function ring(run: Pick<Run, 'ports'>, ms: number, watch: Cancel, passed: () => void): void {
  if (ms > MAX_TIMER_MS) return
  const wait = Math.max(0, ms)
  const alarm = run.ports.alarm?.(wait, watch.signal) ?? afterMs(wait, undefined, { signal: watch.signal, ref: false })
  alarm.then(passed, () => undefined)
}
