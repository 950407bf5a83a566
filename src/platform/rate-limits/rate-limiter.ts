import type { Pool } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import type { RatePolicy } from './policy.ts'
import { createSharedWindows } from './shared-windows.ts'
import type { StrictCounter } from './strict-counter.ts'
import { createWindowCounter, type RateLimitResult, type Remaining } from './windows.ts'

/**
 * The limits of tokens and listeners. They are exact in this process and summed over all processes, with the deviation
 * that {@link createSharedWindows} describes. Strict ones are exact across all processes while their counter is
 * reachable; while it is not, they are counted like the others.
 */
export interface RateLimiter {
  /**
   * Counts one call under every policy, or under none if one of them is exhausted. Returns a promise only if one of
   * them is strict, so that the others do not cost a turn of the event loop.
   */
  consume(policies: readonly RatePolicy[]): RateLimitResult | Promise<RateLimitResult>
  /** Publishes this process's new counts and reads those of the other processes. */
  share(): Promise<void>
  close(): Promise<void>
}

export interface RateLimiterDeps {
  clock: Clock
  pool: Pool
  onError(error: unknown): void
  /** Undefined: no limit is strict. */
  strict?: StrictCounter | undefined
  /** Called at the first call under a strict limit, if there is no strict counter. */
  onNotStrict?(): void
}

/**
 * Creates the limiter of this process. Its counts reach the others when {@link RateLimiter.share} is called.
 * @example
 * const rateLimiter = createRateLimiter({ pool, clock, onError })
 * const { refusedBy, remaining } = await rateLimiter.consume([tokenRate(token.id, token.rateLimit)])
 * if (refusedBy) throw new Fault('rate_limited', { headers: refusalHeaders({ remaining }) })
 */
export function createRateLimiter(deps: RateLimiterDeps): RateLimiter {
  const shared = createSharedWindows(deps)
  const local = createWindowCounter({ clock: deps.clock, onConsumed: shared.onConsumed })

  async function consumeStrictly(counter: StrictCounter, policies: readonly RatePolicy[]): Promise<RateLimitResult> {
    const strict = policies.filter((policy) => policy.strict)
    const others = policies.filter((policy) => !policy.strict)
    // A call that another limit refuses is not counted anywhere.
    if (local.peek(others).refusedBy) return local.consume(policies)
    const counted = await counter.consume(strict)
    if (!counted) return local.consume(policies)
    // If the counter becomes unreachable, this process and the others know what was counted so far.
    if (!counted.refused) local.count(strict)
    const rest = counted.refused ? local.peek(others) : local.consume(others)
    const remaining: Remaining[] = [
      ...strict.map((policy, index) => ({
        policy,
        remaining: Math.max(0, policy.limit - (counted.counts[index]?.used ?? 0)),
        resetMs: counted.counts[index]?.resetMs ?? policy.windowMs
      })),
      ...rest.remaining
    ]
    return {
      refusedBy: counted.refused ? remaining.find((one) => one.remaining === 0) : rest.refusedBy,
      remaining: policies.flatMap((policy) => remaining.find((one) => one.policy === policy) ?? [])
    }
  }

  let told = false
  function tellNotStrict(): void {
    if (!told) deps.onNotStrict?.()
    told = true
  }

  return {
    consume(policies) {
      if (policies.some(({ strict }) => strict)) {
        if (deps.strict) return consumeStrictly(deps.strict, policies)
        tellNotStrict()
      }
      return local.consume(policies)
    },
    share: shared.share,
    close: shared.close
  }
}
