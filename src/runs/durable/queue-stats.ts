import type { Pool } from 'pg'
import type { EngineStats } from '../engine.ts'

/**
 * Counts the live runs of all processes. These tables hold live runs only, and stay small however long the history is.
 * @param now milliseconds since the epoch
 */
export async function readQueueStats(
  pool: Pool,
  now: number
): Promise<Pick<EngineStats, 'queued' | 'running' | 'waiting' | 'blocked' | 'oldestQueuedMs' | 'deadLetters'>> {
  const [states, dead] = await Promise.all([
    pool.query<{ state: 'queued' | 'running' | 'waiting' | 'blocked'; count: number; oldest: Date }>(
      'select state, count(*)::int as count, min(queued_at) as oldest from live_run group by state'
    ),
    pool.query<{ count: number }>('select count(*)::int as count from dead_letter')
  ])
  const stats = {
    queued: 0,
    running: 0,
    waiting: 0,
    blocked: 0,
    oldestQueuedMs: 0,
    deadLetters: dead.rows[0]?.count ?? 0
  }
  for (const { state, count, oldest } of states.rows) {
    stats[state] = count
    if (state === 'queued') stats.oldestQueuedMs = Math.max(0, now - oldest.getTime())
  }
  return stats
}
