import type { Pool } from 'pg'
import { type Clock, DAY_MS } from '../../lib/clock.ts'

/** How long links and invitations that are past are kept: an owner may resend such an invitation. */
const KEPT_MS = 30 * DAY_MS

/** Deletes links and invitations that nobody can use any more. */
export async function trimLinks({ pool, clock }: { pool: Pool; clock: Clock }): Promise<void> {
  const before = new Date(clock.now() - KEPT_MS)
  await pool.query('delete from link where expires_at < $1', [before])
  await pool.query('delete from invitation where expires_at < $1', [before])
}
