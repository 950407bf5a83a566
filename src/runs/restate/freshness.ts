import { FROZEN_MS, TICK_MS } from './settings.ts'

/**
 * Notices that this process stood still: Restate may have given its runs to others meanwhile, and has no way to tell a
 * process that does not listen. An effect that is about to begin asks first.
 */
export interface Freshness {
  /** Begins to watch for one attempt at a run. @returns whether the process has gone on ever since */
  watch(): () => boolean
  close(): void
}

export function createFreshness({ frozenMs = FROZEN_MS, tickMs = TICK_MS } = {}): Freshness {
  // Real time on purpose: it continues while the process is frozen.
  let seenAt = performance.now()
  let standstills = 0

  function look(): void {
    const now = performance.now()
    if (now - seenAt > frozenMs) standstills++
    seenAt = now
  }

  const timer = setInterval(look, tickMs).unref()
  return {
    watch() {
      look()
      const before = standstills
      return () => {
        look()
        return standstills === before
      }
    },
    close: () => clearInterval(timer)
  }
}
