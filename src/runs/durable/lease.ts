import { setTimeout as sleep } from 'node:timers/promises'
import type { StandstillWatch } from '../standstill.ts'
import { LEASE_TRUST_MS } from './settings.ts'

const UNSEEN_RETRY_MS = 100

/**
 * The lease of a process on the runs that it holds. For each run it is fresh while the database has confirmed the hold
 * within `trustMs`, and the process has held the lock of its session since then; otherwise it is stale. The statement
 * that claims a run confirms it first. Afterwards `confirm` asks the database (`touch` in held-runs.ts, every
 * `TOUCH_MS`, and on demand before an effect). The time that passes makes it stale, and so does the loss of the lock.
 * After a standstill it is stale, too, until the process has read what came meanwhile: it may have lost the lock.
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
  /** Resolves when the process has read what arrived while it stood still. */
  caughtUp(): Promise<void>
  /** Asks the database now, confirms the runs that this process holds, and releases those that it no longer holds. */
  confirm(): Promise<void>
}

export interface LeaseOptions {
  /** Confirms the runs that are held, as of the given time, and releases those that are lost. */
  ask(askedAt: number): Promise<void>
  /**
   * Since when other processes have seen without interruption that this one is alive, on the clock of
   * `performance.now`; undefined while they do not.
   */
  seenSince(): number | undefined
  standstill: Pick<StandstillWatch, 'isCaughtUp' | 'caughtUp'>
  trustMs?: number
}

export function createLease({ ask, seenSince, standstill, trustMs = LEASE_TRUST_MS }: LeaseOptions): Lease {
  let asking: Promise<void> | undefined

  async function confirm(): Promise<void> {
    await standstill.caughtUp()
    // Other processes may take the runs at any moment, so an answer would prove nothing.
    if (seenSince() === undefined) await sleep(UNSEEN_RETRY_MS)
    else await ask(performance.now())
  }

  return {
    // Real time instead of the injected clock, because it continues while the process is frozen.
    isFresh: (confirmedAt) =>
      standstill.isCaughtUp() && confirmedAt >= (seenSince() ?? Infinity) && performance.now() - confirmedAt <= trustMs,
    caughtUp: standstill.caughtUp,
    confirm() {
      asking ??= confirm().finally(() => {
        asking = undefined
      })
      return asking
    }
  }
}
