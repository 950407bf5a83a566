import { setTimeout as sleep } from 'node:timers/promises'
import { type CloudEvent, Suspended, type EffectInfo, type EventWait } from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { EVENT_POLL_MS } from '../ports.ts'
import { SUSPEND_MS } from './settings.ts'

/** A timer of Node with a longer time than this (24.8 days) fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface Suspender {
  /** Waits in memory if the time is short, and suspends the run otherwise. @throws (rejects with) Suspended */
  sleep(ms: number, signal: AbortSignal, at: EffectInfo): Promise<void>
  /** Waits for a timeout in memory. A run that is suspended meanwhile wakes when the timeout is due. */
  alarm(until: number, signal: AbortSignal): Promise<void>
  /**
   * Waits for an event: in memory if the next timeout is near, and otherwise suspends the run. @throws (rejects with)
   * Suspended
   */
  listen(wait: EventWait, at: EffectInfo): Promise<CloudEvent>
}

export interface SuspenderDeps {
  clock: Clock
  /** Records a value once under a key, as an effect. */
  once<T>(key: string, make: () => T): Promise<T>
  events: {
    find(wait: EventWait): Promise<CloudEvent | undefined>
    /** Registers the wait, so that an event wakes the suspended run. False for a run that is not durable yet. */
    wakeBy(wait: EventWait, key: string): Promise<boolean>
  }
  suspendMs?: number
}

/**
 * The waits of one run. The end of a wait is recorded when the wait starts, so that a run that is resumed early waits
 * only for the remaining time.
 */
export function createSuspender({ clock, once, events, suspendMs = SUSPEND_MS }: SuspenderDeps): Suspender {
  const alarms = new Set<number>()

  return {
    async sleep(ms, signal, at) {
      const until = ms > suspendMs ? await once(`${at.key}#until`, () => clock.now() + ms) : clock.now() + ms
      for (let now = clock.now(); now < until; now = clock.now()) {
        // A timeout that is due before the end of this wait decides first whether the wait continues.
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
          // An event that arrived before the wait was registered wakes nobody.
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
