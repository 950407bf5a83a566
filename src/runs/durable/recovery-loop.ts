import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorHandling } from './engine-deps.ts'
import {
  deadLetterExhausted,
  handOverOrphans,
  type RecoveryDeps,
  removeDeadWorkers,
  unblockFree,
  wakeDue,
  wakeListening
} from './recovery.ts'
import { type SchedulesDeps, startDue, syncSchedules } from './schedules.ts'

/** Work that can wait is done once in so many rounds. */
const DEAD_LETTER_EVERY = 20
const SYNC_EVERY = 600

export interface RecoveryLoopDeps extends Pick<ErrorHandling, 'attempt'> {
  recovery: RecoveryDeps
  scheduling: SchedulesDeps
  /** Milliseconds between two rounds. */
  intervalMs: number
  /** Ends the loop after the current round. */
  signal: AbortSignal
  /** Called after a round that queued runs. */
  onQueued(): void
}

export interface RecoveryLoop {
  /** How many runs this process has handed over, and started by schedule, since its start. */
  counts(): { handedOver: number; scheduled: number }
  readonly ended: Promise<void>
}

/**
 * In each round, hands over the runs of processes that are gone, wakes suspended runs that are due, starts schedules
 * that are due, and unblocks runs whose listener has room. Every process with a worker runs this: the statements divide
 * the work.
 */
export function startRecoveryLoop(deps: RecoveryLoopDeps): RecoveryLoop {
  const { recovery, scheduling, attempt, signal } = deps
  const counters = { handedOver: 0, scheduled: 0 }

  async function recover(): Promise<void> {
    const handedOver = await handOverOrphans(recovery)
    counters.handedOver += handedOver
    await wakeListening(recovery)
    const woken = await wakeDue(recovery)
    const scheduled = await startDue(scheduling)
    counters.scheduled += scheduled
    const unblocked = await unblockFree(recovery)
    if (handedOver + woken + scheduled + unblocked > 0) deps.onQueued()
  }

  async function loop(): Promise<void> {
    for (let round = 0; !signal.aborted; round++) {
      await attempt(recover)
      if (round % DEAD_LETTER_EVERY === 0) await attempt(() => deadLetterExhausted(recovery))
      if (round % SYNC_EVERY === 0) {
        await attempt(() => syncSchedules(scheduling, null))
        await attempt(() => removeDeadWorkers(recovery))
      }
      await sleep(deps.intervalMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  return { counts: () => counters, ended: loop() }
}
