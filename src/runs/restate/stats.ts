import type { EngineStats } from '../engine.ts'
import { type InvocationCounts, QUEUED, STUCK } from './client.ts'

/** What the engine says of itself, from what Restate says of its invocations. */
export function statsOf(
  { byStatus, oldestQueuedAt }: InvocationCounts,
  counters: Pick<EngineStats, 'enqueued' | 'ended' | 'scheduled'>,
  now: number
): EngineStats {
  const count = (...statuses: string[]): number =>
    statuses.reduce((sum, status) => sum + (byStatus.get(status) ?? 0), 0)
  return {
    queued: count(...QUEUED),
    running: count('running', 'backing-off'),
    waiting: count('suspended'),
    // A run that waits for a slot is one that waits, to Restate.
    blocked: 0,
    oldestQueuedMs: oldestQueuedAt === undefined ? 0 : Math.max(0, now - oldestQueuedAt),
    deadLetters: count('paused', STUCK),
    ...counters,
    resumed: 0,
    handedOver: 0,
    fencedWrites: 0
  }
}
