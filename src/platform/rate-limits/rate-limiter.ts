import type { Pool } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import { createWindowCounter, type WindowCounter } from './windows.ts'
import { createSharedWindows } from './shared-windows.ts'

/**
 * The limits of tokens and listeners: exact in this process, added up over all processes within what {@link
 * createSharedWindows} says.
 */
export interface RateLimiter extends Pick<WindowCounter, 'consume'> {
  /** Tells the other processes what they do not know yet, and learns what they counted. */
  share(): Promise<void>
  close(): Promise<void>
}

export function createRateLimiter(deps: { clock: Clock; pool: Pool; onError(error: unknown): void }): RateLimiter {
  const sharing = createSharedWindows(deps)
  const limiter = createWindowCounter({ clock: deps.clock, onConsumed: sharing.onConsumed })
  return { consume: limiter.consume, share: sharing.share, close: sharing.close }
}
