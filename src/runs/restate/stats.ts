import type { EngineStats } from '../engine.ts'
import { type InvocationCounts, QUEUED, STUCK } from './client.ts'

/** The statistics of the engine, from the counts that Restate keeps. */
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
    // To Restate, a run that waits for a slot is suspended like any other.
    blocked: 0,
    oldestQueuedMs: oldestQueuedAt === undefined ? 0 : Math.max(0, now - oldestQueuedAt),
    deadLetters: count('paused', STUCK),
    ...counters,
    resumed: 0,
    handedOver: 0,
    fencedWrites: 0
  }
}
