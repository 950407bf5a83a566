import { LEASE_TRUST_MS } from './settings.ts'

/** What a process knows of its hold on its runs. */
export interface Lease {
  /** Whether the hold was confirmed lately, so that no other process can have taken it over. */
  isFresh(): boolean
  /**
   * Resolves at once while the hold was confirmed lately; otherwise asks first. A process that was frozen wakes up in the middle of a run that may be another's by now:
   * it must not make one more call before it knows.
   */
  confirmed(): Promise<void> | undefined
  /** Asks the database now, and lets go of what is no longer ours. */
  confirm(): Promise<void>
}

/** @param ask keeps the leases and lets go of the runs that are lost */
export function createLease(ask: () => Promise<void>, trustMs = LEASE_TRUST_MS): Lease {
  // Real time on purpose: it goes on while a process is frozen, and an injected clock says nothing of that.
  let confirmedAt = performance.now()
  let asking: Promise<void> | undefined

  function confirm(): Promise<void> {
    asking ??= (async () => {
      const startedAt = performance.now()
      await ask()
      confirmedAt = startedAt
    })().finally(() => {
      asking = undefined
    })
    return asking
  }

  const isFresh = (): boolean => performance.now() - confirmedAt <= trustMs

  return {
    isFresh,
    confirmed: () => (isFresh() ? undefined : confirm()),
    confirm
  }
}
