import type { Clock } from '../../lib/clock.ts'

/** A time that jumps: what only waits takes no real time, and everything still ends in the order in which it is due. */
export interface SimulatedTime extends Clock {
  /** A wait of the flow itself: the time jumps to its end when everything else is done or waits too. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** The watch of a timeout: passes when the time jumps beyond it, and moves nothing by itself. */
  alarm(ms: number, signal: AbortSignal): Promise<void>
}

interface Sleeper {
  due: number
  moves: boolean
  wake(): void
}

export function createSimulatedTime(clock: Clock): SimulatedTime {
  let ahead = 0
  let jumping = false
  const sleepers = new Set<Sleeper>()
  const now = (): number => clock.now() + ahead

  function jumpSoon(): void {
    if (jumping || ![...sleepers].some(({ moves }) => moves)) return
    jumping = true
    // After all that is ready to go on has gone on: the other branches of a fork may begin a shorter wait.
    setImmediate(() => {
      jumping = false
      const next = [...sleepers].reduce<Sleeper | undefined>(
        (first, sleeper) => (first && first.due <= sleeper.due ? first : sleeper),
        undefined
      )
      if (!next) return
      ahead += Math.max(0, next.due - now())
      next.wake()
      jumpSoon()
    })
  }

  function sleep(ms: number, signal: AbortSignal, moves: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const abort = (): void => {
        sleepers.delete(sleeper)
        reject(signal.reason as Error)
      }
      const sleeper: Sleeper = {
        due: now() + ms,
        moves,
        wake() {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', abort)
          resolve()
        }
      }
      sleepers.add(sleeper)
      signal.addEventListener('abort', abort, { once: true })
      jumpSoon()
    })
  }

  return { now, sleep: (ms, signal) => sleep(ms, signal, true), alarm: (ms, signal) => sleep(ms, signal, false) }
}
