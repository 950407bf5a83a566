import type { Pool } from 'pg'
import type { Clock } from '../../lib/clock.ts'
import { createLimiter, type Limiter } from './windows.ts'
import { createSharing } from './shared-windows.ts'

/** The limits of tokens and listeners: exact in this process, added up over all processes within what {@link createSharing} says. */
export interface Limits extends Pick<Limiter, 'spend'> {
  /** Tells the other processes what they do not know yet, and learns what they counted. */
  share(): Promise<void>
  close(): Promise<void>
}

export function createLimits(deps: { clock: Clock; pool: Pool; onError(error: unknown): void }): Limits {
  const sharing = createSharing(deps)
  const limiter = createLimiter({ clock: deps.clock, onSpent: sharing.onSpent })
  return { spend: limiter.spend, share: sharing.share, close: sharing.close }
}
