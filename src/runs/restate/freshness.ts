import { createStandstillWatch, type StandstillWatch } from '../standstill.ts'
import { FROZEN_MS, KEPT_LATE_MS } from './settings.ts'

/**
 * Notices that this process stood still. Restate may have given its runs to other processes meanwhile, and cannot
 * notify a process that does not read. Every effect checks this before it begins.
 */
export interface Freshness extends StandstillWatch {
  /**
   * Starts watching for one attempt at a run.
   * @returns whether no standstill longer than `FROZEN_MS` has occurred since
   */
  watch(): () => boolean
}

/** @param options `frozenMs`: after a longer standstill, attempts at runs begin anew; the rest for tests */
export function createFreshness({
  frozenMs = FROZEN_MS,
  ...options
}: { frozenMs?: number; pausedMs?: number; tickMs?: number } = {}): Freshness {
  let frozen = 0
  const standstill = createStandstillWatch({
    ...options,
    onStandstill(ms) {
      if (ms > frozenMs) frozen++
    }
  })
  return {
    ...standstill,
    watch() {
      standstill.look()
      const before = frozen
      return () => {
        standstill.look()
        return frozen === before
      }
    }
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
