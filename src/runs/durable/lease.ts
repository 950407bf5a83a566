import { setTimeout as sleep } from 'node:timers/promises'
import { LEASE_TRUST_MS } from './settings.ts'

const UNSEEN_RETRY_MS = 100

/**
 * The lease of a process on the runs that it holds. For each run it is fresh while the database has confirmed the hold
 * within `trustMs`, and the process has held the lock of its session since then; otherwise it is stale. The statement
 * that claims a run confirms it first. Afterwards `confirm` asks the database (`touch` in held-runs.ts, every
 * `TOUCH_MS`, and on demand before an effect). The time that passes makes it stale, and so does the loss of the lock.
 *
 * An answer confirms only the runs that were held when the question was asked: one that was claimed meanwhile, or
 * whose claim was answered late, may have been taken over since.
 *
 * `trustMs` is shorter than any time after which other processes may take the runs of a process that they see, so a
 * fresh lease proves that they have not. The runs of a process that they do not see, because it has lost the lock, they
 * may take at once.
 */
export interface Lease {
  /**
   * Whether it is certain that no other process has taken over a run whose hold was confirmed at this time. Times are
   * those of `performance.now()` at which the database was asked.
   */
  isFresh(confirmedAt: number): boolean
  /** Asks the database now, confirms the runs that this process holds, and releases those that it no longer holds. */
  confirm(): Promise<void>
}

/**
 * @param ask confirms the runs that are held, as of the given time, and releases those that are lost
 * @param seenSince since when other processes have seen without a break that this one lives, on the clock of
 *   `performance.now`; undefined while they do not
 */
export function createLease(
  ask: (askedAt: number) => Promise<void>,
  seenSince: () => number | undefined,
  trustMs = LEASE_TRUST_MS
): Lease {
  let asking: Promise<void> | undefined

  return {
    // Real time instead of the injected clock, because it continues while the process is frozen.
    isFresh: (confirmedAt) => confirmedAt >= (seenSince() ?? Infinity) && performance.now() - confirmedAt <= trustMs,
    confirm() {
      // Other processes may take the runs at any moment, so an answer would prove nothing.
      asking ??= (seenSince() === undefined ? sleep(UNSEEN_RETRY_MS) : ask(performance.now())).finally(() => {
        asking = undefined
      })
      return asking
    }
  }
}
