import { setTimeout as sleep } from 'node:timers/promises'
import { Suspended, type EffectInfo } from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { SUSPEND_MS } from './settings.ts'

/** Node's timers fire at once beyond this: 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface Suspender {
  /** Waits in memory where that is short, and suspends the run otherwise. @throws (rejects with) Suspended */
  sleep(ms: number, signal: AbortSignal, at: EffectInfo): Promise<void>
  /** Waits for a timeout in memory, and makes a suspended run wake up for it. */
  alarm(ms: number, signal: AbortSignal): Promise<void>
}

export interface SuspenderDeps {
  clock: Clock
  /** Records a value once under a key, as an effect. */
  once<T>(key: string, make: () => T): Promise<T>
  suspendMs?: number
}

/**
 * How one run waits. The end of a wait is recorded when the wait starts: a run that is resumed early waits for the
 * remaining time only.
 */
export function createSuspender({ clock, once, suspendMs = SUSPEND_MS }: SuspenderDeps): Suspender {
  const alarms = new Set<number>()

  return {
    async sleep(ms, signal, at) {
      const until = ms > suspendMs ? await once(`${at.key}#until`, () => clock.now() + ms) : clock.now() + ms
      for (let now = clock.now(); now < until; now = clock.now()) {
        // A timeout that is due, or nearly due, decides first whether this wait continues.
        const next = Math.min(until, ...alarms)
        if (next - now > suspendMs) throw new Suspended(next)
        await sleep(Math.max(1, next - now), undefined, { signal })
      }
    },

    async alarm(ms, signal) {
      const at = clock.now() + ms
      alarms.add(at)
      try {
        for (let left = ms; left > 0; left -= MAX_TIMER_MS)
          await sleep(Math.min(left, MAX_TIMER_MS), undefined, { signal, ref: false })
      } finally {
        alarms.delete(at)
      }
    }
  }
}
