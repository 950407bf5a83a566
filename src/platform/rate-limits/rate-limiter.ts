import type { Pool } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import { createWindowCounter, type WindowCounter } from './windows.ts'
import { createSharedWindows } from './shared-windows.ts'

/**
 * The limits of tokens and listeners. They are exact in this process and summed over all processes, with the deviation
 * that {@link createSharedWindows} describes.
 */
export interface RateLimiter extends Pick<WindowCounter, 'consume'> {
  /** Publishes this process's new counts and reads those of the other processes. */
  share(): Promise<void>
  close(): Promise<void>
}

export function createRateLimiter(deps: { clock: Clock; pool: Pool; onError(error: unknown): void }): RateLimiter {
  const sharing = createSharedWindows(deps)
  const limiter = createWindowCounter({ clock: deps.clock, onConsumed: sharing.onConsumed })
  return { consume: limiter.consume, share: sharing.share, close: sharing.close }
}
