import { FROZEN_MS, KEPT_LATE_MS, TICK_MS } from './settings.ts'

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

/**
 * Notices that Restate took long to keep the result of an effect. Its node may have stood still: others may have the
 * run by then, and this attempt hears nothing of that before it would begin the next effect. The result is kept, so the
 * attempt that begins anew goes on behind it.
 */
export function watchKeeping({ lateMs = KEPT_LATE_MS, now = () => performance.now() } = {}): {
  watch<T>(perform: () => Promise<T>): () => Promise<T>
  /** False for a result that was kept before this attempt. */
  isLate(): boolean
} {
  let madeAt: number | undefined
  return {
    watch: (perform) => () =>
      perform().finally(() => {
        madeAt = now()
      }),
    isLate: () => madeAt !== undefined && now() - madeAt > lateMs
  }
}
