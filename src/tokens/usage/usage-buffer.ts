import { DAY_MS } from '../../lib/clock.ts'
import { newId } from '../../lib/ids.ts'

/** What waits between two writes is bounded: a flood of calls is counted in full, and described by its first ones. */
export const BUFFER_LIMITS = {
  /** Pairs of token and day. */
  tokens: 50_000,
  /** Addresses of one token. */
  addresses: 100,
  /** Refused calls of one token, and of all. */
  denialsOfToken: 50,
  denials: 5_000
} as const

export interface Denial {
  id: string
  tokenId: string
  at: number
  reason: string
  listenerId: string | null
  ip: string
  requestId: string
}

/** Counts of one token in one UTC day. */
export interface DayCounts {
  tokenId: string
  /** Days since 1970. */
  day: number
  outcomes: Map<string, number>
  addresses: Map<string, { calls: number; lastAt: number }>
  denials: number
}

/** One call made with a token. */
export interface TokenCall {
  tokenId: string
  at: number
  ip: string
  /** `answered`, or the code that it was refused with. */
  outcome: string
  /** Where the call was refused: why, for the token's owner. */
  denial?: { reason: string; listenerId: string | null; requestId: string }
}

export interface UsageBuffer {
  add(call: TokenCall): void
  readonly empty: boolean
  counts(): DayCounts[]
  denials(): Denial[]
  /** Calls that were not counted because too many tokens waited. */
  readonly dropped: number
}

export function createUsageBuffer(): UsageBuffer {
  const byToken = new Map<string, DayCounts>()
  const denials: Denial[] = []
  let dropped = 0

  /** The last day's counts of a token are under its id: nearly every call finds its own there. */
  function countsOf(tokenId: string, day: number): DayCounts | undefined {
    const known = byToken.get(tokenId)
    if (known?.day === day) return known
    if (byToken.size >= BUFFER_LIMITS.tokens) return undefined
    // Midnight between two writes: what the day before had stays under a key of its own.
    if (known) byToken.set(`${tokenId} ${known.day}`, known)
    const fresh: DayCounts = { tokenId, day, outcomes: new Map(), addresses: new Map(), denials: 0 }
    byToken.set(tokenId, fresh)
    return fresh
  }

  return {
    add({ tokenId, at, ip, outcome, denial }) {
      const counts = countsOf(tokenId, Math.floor(at / DAY_MS))
      if (!counts) {
        dropped++
        return
      }
      counts.outcomes.set(outcome, (counts.outcomes.get(outcome) ?? 0) + 1)
      if (denial) {
        if (counts.denials >= BUFFER_LIMITS.denialsOfToken || denials.length >= BUFFER_LIMITS.denials) return
        counts.denials++
        denials.push({ id: newId('evt'), tokenId, at, ip, ...denial })
        return
      }
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
    denials: () => denials,
    get dropped() {
      return dropped
    }
  }
}
