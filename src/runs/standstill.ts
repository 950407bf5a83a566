import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * A process whose event loop stood still for longer first reads what arrived meanwhile, and only then begins an effect.
 */
const PAUSED_MS = 200
/** How often the event loop is checked for standstills. */
const TICK_MS = 100
/**
 * After so many turns of the event loop, everything that arrived during a standstill has been read. A closed stream
 * takes up to 3.
 */
const TURNS = 10

/**
 * Notices that this process stood still: it was frozen, or its event loop was busy. Other processes may have taken its
 * runs over meanwhile, and the news of that may have arrived and not have been read yet.
 */
export interface StandstillWatch {
  /** Notices a standstill that ends now, before the next tick does. */
  look(): void
  /** False after a standstill, until the process has read what arrived meanwhile. */
  isCaughtUp(): boolean
  /** Resolves when {@link StandstillWatch.isCaughtUp} is true. */
  caughtUp(): Promise<void>
  close(): void
}

/** @param onStandstill called after each standstill with its length in milliseconds */
export function createStandstillWatch({
  pausedMs = PAUSED_MS,
  tickMs = TICK_MS,
  onStandstill = (_ms: number): void => {}
} = {}): StandstillWatch {
  // Real time, because it continues while the process is frozen.
  let seenAt = performance.now()
  let unreadTurns = 0
  let reading: Promise<void> | undefined

  function look(): void {
    const now = performance.now()
    const stoodMs = now - seenAt
    seenAt = now
    if (stoodMs <= pausedMs) return
    onStandstill(stoodMs)
    unreadTurns = TURNS
    reading ??= read()
  }

  async function read(): Promise<void> {
    for (; unreadTurns > 0; unreadTurns--) await nextTurn()
    reading = undefined
  }

  const timer = setInterval(look, tickMs).unref()
  return {
    look,
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
