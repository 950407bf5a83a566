import { LRUCache } from 'lru-cache'
import type { Clock } from '../../lib/clock.ts'
import type { RatePolicy } from './policy.ts'

/** Windows kept at once. The one unused for longest is forgotten first. */
export const LIMITER_MAX_WINDOWS = 100_000

/** The running window of a key. */
export interface Window {
  startedAt: number
  endsAt: number
  /** Calls that this process let through. */
  own: number
  /** How many of these the other processes have been told of. */
  shared: number
  /** Calls that the others are known to have let through. */
  others: number
}

/** What is left of a policy after a call. */
export interface Allowance {
  policy: RatePolicy
  remaining: number
  /** Until the window ends. */
  resetMs: number
}

export interface Spending {
  /** The first policy that has nothing left; undefined = the call was counted under every policy. */
  refusedBy: Allowance | undefined
  allowances: Allowance[]
}

export interface Limiter {
  /** Counts one call under every policy, or, where one of them has nothing left, under none. Exact within this process. */
  spend(policies: readonly RatePolicy[]): Spending
}

export interface LimiterDeps {
  clock: Clock
  /** Told of every counted call. */
  onSpent?(policy: RatePolicy, window: Window): void
  maxWindows?: number
}

export function createLimiter({ clock, onSpent, maxWindows = LIMITER_MAX_WINDOWS }: LimiterDeps): Limiter {
  const windows = new LRUCache<string, Window>({ max: maxWindows })

  function running({ key, windowMs, aligned }: RatePolicy, now: number): Window {
    const known = windows.get(key)
    if (known && now < known.endsAt) return known
    const startedAt = aligned ? now - (now % windowMs) : now
    const window = { startedAt, endsAt: startedAt + windowMs, own: 0, shared: 0, others: 0 }
    windows.set(key, window)
    return window
  }

  return {
    spend(policies) {
      const now = clock.now()
      const current = policies.map((policy) => ({ policy, window: running(policy, now) }))
      const full = current.find(({ policy, window }) => window.own + window.others >= policy.limit)
      if (!full)
        for (const { policy, window } of current) {
          window.own++
          onSpent?.(policy, window)
        }
      const allowances = current.map(({ policy, window }) => ({
        policy,
        remaining: Math.max(0, policy.limit - window.own - window.others),
        resetMs: window.endsAt - now
      }))
      return { refusedBy: full && allowances.find(({ policy }) => policy === full.policy), allowances }
    }
  }
}
