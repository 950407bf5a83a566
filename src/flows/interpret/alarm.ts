import { setTimeout as afterMs } from 'node:timers/promises'
import type { Cancel } from './cancel.ts'
import type { Run } from './state.ts'

/** The longest that a timer can wait; a longer timeout never passes within one process's sight. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Calls `passed` after `ms`, unless the watch is cancelled first. */
export function ring(run: Pick<Run, 'ports'>, ms: number, watch: Cancel, passed: () => void): void {
  const wait = Math.min(MAX_TIMER_MS, Math.max(0, ms))
  const alarm = run.ports.alarm?.(wait, watch.signal) ?? afterMs(wait, undefined, { signal: watch.signal, ref: false })
  alarm.then(passed, () => undefined)
}
