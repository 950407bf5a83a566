import type { Pool } from 'pg'
import { createAttemptCounter, refuseAttempt } from '../../accounts/attempt-counter.ts'

/** How many invitations one account may send in a window: each is a mail to somebody who did not ask for it. */
export const INVITATIONS_SENT = { tries: 100, seconds: 60 * 60 } as const

/** Counts invitations across all processes. */
export interface InvitationThrottle {
  /** Counts one. @throws Fault `rate_limited` */
  take(accountId: string): Promise<void>
}

export function createInvitationThrottle(pool: Pool): InvitationThrottle {
  const counter = createAttemptCounter(pool, 'invitations', INVITATIONS_SENT)
  return {
    async take(accountId) {
      const resetMs = await counter.count(accountId)
      if (resetMs !== undefined) throw refuseAttempt('too_many_invitations', 'invitations', INVITATIONS_SENT, resetMs)
    }
  }
}
