import { setTimeout as sleep } from 'node:timers/promises'
import { LEASE_TRUST_MS } from './settings.ts'

const UNSEEN_RETRY_MS = 100

/**
 * The lease of a process on all the runs it holds. It is fresh while the database has confirmed the hold within
 * `trustMs`, and the process has held the lock of its session since then; otherwise it is stale. `confirm` makes it
 * fresh by asking the database (`touch` in worker.ts, every `TOUCH_MS`, and on demand before an effect). The time that
 * passes makes it stale, and so does the loss of the lock.
 *
 * `trustMs` is shorter than any time after which other processes may take the runs of a process that they see, so a
 * fresh lease proves that they have not. The runs of a process that they do not see, because it has lost the lock, they
 * may take at once.
 */
export interface Lease {
  /** Whether the hold was confirmed recently enough that no other process can have taken it over. */
  isFresh(): boolean
  /**
   * Undefined while the lease is fresh; otherwise asks the database first. A process that was frozen may wake up in the
   * middle of a run that another process holds by now: it must not start another call before it knows.
   */
  confirmed(): Promise<void> | undefined
  /** Asks the database now, and releases the runs that this process no longer holds. */
  confirm(): Promise<void>
}

/**
 * @param ask renews the leases and releases the runs that are lost
 * @param seenSince since when other processes have seen without a break that this one lives, on the clock of
 *   `performance.now`; undefined while they do not
 */
export function createLease(
  ask: () => Promise<void>,
  seenSince: () => number | undefined,
  trustMs = LEASE_TRUST_MS
): Lease {
  // Real time on purpose: it continues while the process is frozen, and an injected clock would not show that.
  let confirmedAt = performance.now()
  let asking: Promise<void> | undefined

  function confirm(): Promise<void> {
    asking ??= (async () => {
      // An answer would be true for a moment only.
      if (seenSince() === undefined) {
        await sleep(UNSEEN_RETRY_MS)
        return
      }
      const startedAt = performance.now()
      await ask()
      confirmedAt = startedAt
    })().finally(() => {
      asking = undefined
    })
    return asking
  }

  const isFresh = (): boolean => confirmedAt >= (seenSince() ?? Infinity) && performance.now() - confirmedAt <= trustMs

  return {
    isFresh,
    confirmed: () => (isFresh() ? undefined : confirm()),
    confirm
  }
}
