import { setImmediate as nextTurn } from 'node:timers/promises'
import { FROZEN_MS, KEPT_LATE_MS, PAUSED_MS, TICK_MS } from './settings.ts'

/**
 * After so many turns of the event loop, everything that arrived during a standstill has been read. A closed stream
 * takes up to 3.
 */
const TURNS = 10

/**
 * Notices that this process stood still. Restate may have given its runs to other processes meanwhile, and cannot
 * notify a process that does not read. Every effect checks this before it begins.
 */
export interface Freshness {
  /**
   * Starts watching for one attempt at a run.
   * @returns whether no standstill longer than `FROZEN_MS` has occurred since
   */
  watch(): () => boolean
  /**
   * False right after a standstill of more than `PAUSED_MS`: the news that Restate has closed the stream of an attempt
   * may have arrived and not have been read yet.
   */
  isCaughtUp(): boolean
  /** Resolves when {@link Freshness.isCaughtUp} is true. */
  caughtUp(): Promise<void>
  close(): void
}

export function createFreshness({ frozenMs = FROZEN_MS, pausedMs = PAUSED_MS, tickMs = TICK_MS } = {}): Freshness {
  // Real time, because it continues while the process is frozen.
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
 * Notices that Restate took long to store the result of an effect. Its node may have stood still, so that other
 * processes may have the run, and this attempt would not hear of that before it begins the next effect. The result is
 * stored, so the attempt that begins anew continues after it.
 */
export function watchKeeping({ lateMs = KEPT_LATE_MS, now = () => performance.now() } = {}): {
  watch<T>(perform: () => Promise<T>): () => Promise<T>
  /** False for a result that was stored before this attempt. */
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
