import { setImmediate as nextTurn } from 'node:timers/promises'
import { FROZEN_MS, KEPT_LATE_MS, PAUSED_MS, TICK_MS } from './settings.ts'

/** What came during a standstill has been read after as many turns of the event loop: a closed stream takes up to 3. */
const TURNS = 10

/**
 * Notices that this process stood still: Restate may have given its runs to others meanwhile, and has no way to tell a
 * process that does not listen. An effect that is about to begin asks first.
 */
export interface Freshness {
  /**
   * Begins to watch for one attempt at a run.
   * @returns whether the process has gone on ever since, or stood for short
   */
  watch(): () => boolean
  /**
   * False right after a standstill, however short: that Restate has closed the stream of an attempt may have come and
   * not have been read yet.
   */
  isCaughtUp(): boolean
  /** Resolves when it is. */
  caughtUp(): Promise<void>
  close(): void
}

export function createFreshness({ frozenMs = FROZEN_MS, pausedMs = PAUSED_MS, tickMs = TICK_MS } = {}): Freshness {
  // Real time on purpose: it continues while the process is frozen.
  let seenAt = performance.now()
  let standstills = 0
  let unreadTurns = 0
  let reading: Promise<void> | undefined

  function look(): void {
    const now = performance.now()
    const stoodMs = now - seenAt
    seenAt = now
    if (stoodMs > frozenMs) standstills++
    if (stoodMs <= pausedMs) return
    unreadTurns = TURNS
    reading ??= read()
  }

  async function read(): Promise<void> {
    for (; unreadTurns > 0; unreadTurns--) await nextTurn()
    reading = undefined
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
    isCaughtUp() {
      look()
      return reading === undefined
    },
    async caughtUp() {
      for (look(); reading !== undefined; look()) await reading
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
