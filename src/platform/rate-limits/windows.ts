import type { Clock } from '../../lib/clock.ts'
import { createLru } from '../../lib/lru.ts'
import type { RatePolicy } from './policy.ts'

/** The maximum number of windows. The least recently used one is dropped first. */
export const MAX_WINDOWS = 100_000

/** The current window of a key. */
export interface Window {
  startedAt: number
  endsAt: number
  /** Calls that this process allowed. */
  own: number
  /** How many of these are published to the other processes. */
  shared: number
  /** Calls that the other processes allowed, as far as known. */
  others: number
}

/** The remaining calls of a policy after a call. */
export interface Remaining {
  policy: RatePolicy
  remaining: number
  /** Until the window ends. */
  resetMs: number
}

export interface RateLimitResult {
  /** The first exhausted policy; undefined = the call was counted under every policy. */
  refusedBy: Remaining | undefined
  remaining: Remaining[]
}

export interface WindowCounter {
  /** Counts one call under every policy, or under none if one of them is exhausted. Exact within this process. */
  consume(policies: readonly RatePolicy[]): RateLimitResult
  /** What `consume` would return, without counting. */
  peek(policies: readonly RatePolicy[]): RateLimitResult
  /** Counts a call that was allowed elsewhere. */
  count(policies: readonly RatePolicy[]): void
}

export interface WindowCounterDeps {
  clock: Clock
  /** Called for every counted call. */
  onConsumed?(policy: RatePolicy, window: Window): void
  maxWindows?: number
}

/**
 * Counts calls in windows in the memory of this process.
 * @param deps.maxWindows how many windows are kept; the least recently used one is dropped first
 */
export function createWindowCounter({ clock, onConsumed, maxWindows = MAX_WINDOWS }: WindowCounterDeps): WindowCounter {
  const windows = createLru<Window>(maxWindows)

  function running({ key, windowMs, aligned }: RatePolicy, now: number): Window {
    const known = windows.get(key)
    if (known && now < known.endsAt) return known
    const startedAt = aligned ? now - (now % windowMs) : now
    const window = { startedAt, endsAt: startedAt + windowMs, own: 0, shared: 0, others: 0 }
    windows.set(key, window)
    return window
  }

  function read(policies: readonly RatePolicy[], now: number) {
    const current = policies.map((policy) => ({ policy, window: running(policy, now) }))
    return { current, full: current.find(({ policy, window }) => window.own + window.others >= policy.limit) }
  }

  function add(current: readonly { policy: RatePolicy; window: Window }[]): void {
    for (const { policy, window } of current) {
      window.own++
      onConsumed?.(policy, window)
    }
  }

  function resultOf({ current, full }: ReturnType<typeof read>, now: number): RateLimitResult {
    const allowances = current.map(({ policy, window }) => ({
      policy,
      remaining: Math.max(0, policy.limit - window.own - window.others),
      resetMs: window.endsAt - now
    }))
    return { refusedBy: full && allowances.find(({ policy }) => policy === full.policy), remaining: allowances }
  }

  return {
    consume(policies) {
      const now = clock.now()
      const found = read(policies, now)
      if (!found.full) add(found.current)
      return resultOf(found, now)
    },
    peek(policies) {
      const now = clock.now()
      return resultOf(read(policies, now), now)
    },
    count: (policies) => add(read(policies, clock.now()).current)
  }
}
