import type { Clock } from '../../lib/clock.ts'

/**
 * A clock that jumps over waits, so that they take no real time. Everything still ends in the order in which it is due.
 */
export interface SimulatedTime extends Clock {
  /** A wait of the flow. The time jumps to its end when everything else is done or waits too. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** A timeout. It ends when the time jumps beyond it, and never makes the time jump. */
  alarm(until: number, signal: AbortSignal): Promise<void>
  /** Registers running work: the time stands still until it is done. */
  working(work: Promise<unknown>): void
}

interface Sleeper {
  due: number
  moves: boolean
  wake(): void
}

export function createSimulatedTime(clock: Clock): SimulatedTime {
  let ahead = 0
  let jumping = false
  let underWay = 0
  const sleepers = new Set<Sleeper>()
  const now = (): number => clock.now() + ahead

  function jumpSoon(): void {
    if (jumping || ![...sleepers].some(({ moves }) => moves)) return
    jumping = true
    // Runs after everything that is ready to continue: another branch of a fork may start a shorter wait.
    setImmediate(() => {
      jumping = false
      if (underWay > 0) return
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

  function working(work: Promise<unknown>): void {
    underWay++
    const goOn = (): void => {
      underWay--
      jumpSoon()
    }
    work.then(goOn, goOn)
  }

  return {
    now,
    working,
    sleep: (ms, signal) => sleep(ms, signal, true),
    alarm: (until, signal) => sleep(until - now(), signal, false)
  }
}
