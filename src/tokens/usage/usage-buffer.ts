import { DAY_MS } from '../../lib/clock.ts'

/** Bounds what is buffered between two writes. */
export const BUFFER_LIMITS = {
  /** Pairs of token and day. */
  tokens: 50_000,
  /** Addresses per token. */
  addresses: 100
} as const

/** The counts of one token on one UTC day. */
export interface DayCounts {
  tokenId: string
  /** Days since 1970. */
  day: number
  outcomes: Map<string, number>
  addresses: Map<string, { calls: number; lastAt: number }>
}

/** One call made with a token. */
export interface TokenCall {
  tokenId: string
  at: number
  ip: string
  /** `answered`, or the fault code of the response. */
  outcome: string
  /** The addresses of denied calls are in their records. */
  denied: boolean
}

export interface UsageBuffer {
  add(call: TokenCall): void
  readonly empty: boolean
  counts(): DayCounts[]
  /** Calls that were not counted because the buffer held too many tokens. */
  readonly dropped: number
}

export function createUsageBuffer(): UsageBuffer {
  const byToken = new Map<string, DayCounts>()
  let dropped = 0

  /** The counts of a token's latest day are stored under its id alone, because nearly every call needs these. */
  function countsOf(tokenId: string, day: number): DayCounts | undefined {
    const known = byToken.get(tokenId)
    if (known?.day === day) return known
    if (byToken.size >= BUFFER_LIMITS.tokens) return undefined
    // Midnight passed between two writes: the counts of the day before move to a key of their own.
    if (known) byToken.set(`${tokenId} ${known.day}`, known)
    const fresh: DayCounts = { tokenId, day, outcomes: new Map(), addresses: new Map() }
    byToken.set(tokenId, fresh)
    return fresh
  }

  return {
    add({ tokenId, at, ip, outcome, denied }) {
      const counts = countsOf(tokenId, Math.floor(at / DAY_MS))
      if (!counts) {
        dropped++
        return
      }
      counts.outcomes.set(outcome, (counts.outcomes.get(outcome) ?? 0) + 1)
      if (denied) return
      const address = counts.addresses.get(ip)
      if (address) {
        address.calls++
        address.lastAt = at
      } else if (counts.addresses.size < BUFFER_LIMITS.addresses) counts.addresses.set(ip, { calls: 1, lastAt: at })
    },
    get empty() {
      return byToken.size === 0
    },
    counts: () => [...byToken.values()],
    get dropped() {
      return dropped
    }
  }
}
