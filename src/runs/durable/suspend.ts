import { setTimeout as sleep } from 'node:timers/promises'
import { type CloudEvent, Suspended, type EffectInfo, type EventWait } from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { EVENT_POLL_MS } from '../ports.ts'
import { SUSPEND_MS } from './settings.ts'

/** Node's timers fire at once beyond this: 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface Suspender {
  /** Waits in memory where that is short, and suspends the run otherwise. @throws (rejects with) Suspended */
  sleep(ms: number, signal: AbortSignal, at: EffectInfo): Promise<void>
  /** Waits for a timeout in memory, and makes a suspended run wake up for it. */
  alarm(until: number, signal: AbortSignal): Promise<void>
  /** Waits for an event in memory until the next timeout, and suspends the run where that is long. */
  listen(wait: EventWait, at: EffectInfo): Promise<CloudEvent>
}

export interface SuspenderDeps {
  clock: Clock
  /** Records a value once under a key, as an effect. */
  once<T>(key: string, make: () => T): Promise<T>
  events: {
    find(wait: EventWait): Promise<CloudEvent | undefined>
    /** Has the suspended run woken by an event. False for a run that is not durable yet. */
    wakeBy(wait: EventWait, key: string): Promise<boolean>
  }
  suspendMs?: number
}

/**
 * How one run waits. The end of a wait is recorded when the wait starts: a run that is resumed early waits for the
 * remaining time only.
 */
export function createSuspender({ clock, once, events, suspendMs = SUSPEND_MS }: SuspenderDeps): Suspender {
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

    async listen(wait, at) {
      for (;;) {
        const event = await events.find(wait)
        if (event !== undefined) return event
        const now = clock.now()
        const next = Math.min(...alarms)
        if (next - now > suspendMs) {
          if (!(await events.wakeBy(wait, at.key))) throw new Suspended(now)
          // One that came before the run could be woken by it.
          const late = await events.find(wait)
          if (late !== undefined) return late
          throw new Suspended(next)
        }
        await sleep(Math.max(1, Math.min(EVENT_POLL_MS, next - now)), undefined, { signal: at.signal })
      }
    },

    async alarm(until, signal) {
      alarms.add(until)
      try {
        for (let left = until - clock.now(); left > 0; left -= MAX_TIMER_MS)
          await sleep(Math.min(left, MAX_TIMER_MS), undefined, { signal, ref: false })
      } finally {
        alarms.delete(until)
      }
    }
  }
}
