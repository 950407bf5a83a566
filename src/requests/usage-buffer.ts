import { HOUR_MS } from '../lib/clock.ts'
import { LATENCY_BUCKETS, latencyBucket } from './latency.ts'

/** How a call ended. `refused`: no run was started. `failed`: its run failed. */
export const OUTCOMES = ['answered', 'refused', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

/**
 * The most combinations of listener, token and hour between two writes. Those of refused calls without a known token
 * have a limit of their own.
 */
export const USAGE_LIMITS = { named: 50_000, unnamed: 5_000 } as const

/** The calls of one listener with one token in one UTC hour. */
export interface HourCounts {
  listenerId: string
  tokenId: string | undefined
  /** Hours since 1970. */
  hour: number
  outcomes: Map<Outcome, { calls: number; durations: Uint32Array }>
}

export interface CountedCall {
  listenerId: string
  tokenId: string | undefined
  at: number
  outcome: Outcome
  ms: number
}

export interface UsageBuffer {
  add(call: CountedCall): void
  take(): HourCounts[]
  readonly empty: boolean
  /** Calls that were not counted because the buffer was full. */
  readonly dropped: number
}

export function createUsageBuffer(): UsageBuffer {
  let counts = new Map<string, HourCounts>()
  let unnamed = 0
  let dropped = 0

  function countsOf({ listenerId, tokenId, at, outcome }: CountedCall): HourCounts | undefined {
    const hour = Math.floor(at / HOUR_MS)
    const key = `${listenerId}${tokenId ?? ''}${hour}`
    const known = counts.get(key)
    if (known) return known
    // Strangers can name any number of listeners. They must not crowd out calls with known tokens.
    const isUnnamed = outcome === 'refused' && tokenId === undefined
    if (isUnnamed ? unnamed >= USAGE_LIMITS.unnamed : counts.size - unnamed >= USAGE_LIMITS.named) return undefined
    if (isUnnamed) unnamed++
    const fresh: HourCounts = { listenerId, tokenId, hour, outcomes: new Map() }
    counts.set(key, fresh)
    return fresh
  }

  return {
    add(call) {
      const { outcomes } = countsOf(call) ?? {}
      if (!outcomes) {
        dropped++
        return
      }
      let counted = outcomes.get(call.outcome)
      if (!counted) outcomes.set(call.outcome, (counted = { calls: 0, durations: new Uint32Array(LATENCY_BUCKETS) }))
      counted.calls++
      const bucket = latencyBucket(call.ms)
      counted.durations[bucket] = (counted.durations[bucket] ?? 0) + 1
    },
    take() {
      const taken = [...counts.values()]
      counts = new Map()
      unnamed = 0
      return taken
    },
    get empty() {
      return counts.size === 0
    },
    get dropped() {
      return dropped
    }
  }
}
