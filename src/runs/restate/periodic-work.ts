import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { ErrorHandling } from '../durable/engine-deps.ts'
import { showAlive } from '../durable/liveness.ts'
import { removeDeadWorkers } from '../durable/recovery.ts'
import { type SchedulesDeps, startDue, syncSchedules } from '../durable/schedules.ts'
import { TOUCH_MS } from '../durable/settings.ts'

/** Work that can wait is done once in so many rounds. */
const SYNC_EVERY = 600

export interface PeriodicWorkDeps extends Pick<ErrorHandling, 'attempt'> {
  pool: Pool
  workerId: number
  /** Undefined in a process that does not run flows. */
  schedules: SchedulesDeps | undefined
  /** Milliseconds between two rounds of schedules. */
  intervalMs: number
  /** Ends the work after the current round. */
  signal: AbortSignal
}

/** Shows that this process is alive, and starts what is scheduled. Resolves after the signal has aborted. */
export async function doPeriodicWork(deps: PeriodicWorkDeps): Promise<void> {
  const { pool, workerId, schedules, attempt, signal } = deps

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {})
  }

  async function showAliveRepeatedly(): Promise<void> {
    while (!signal.aborted) {
      await attempt(() => showAlive(pool, workerId))
      await pause(TOUCH_MS)
    }
  }

  async function startSchedules(due: SchedulesDeps): Promise<void> {
    for (let round = 0; !signal.aborted; round++) {
      await attempt(() => startDue(due))
      if (round % SYNC_EVERY === 0) {
        await attempt(() => syncSchedules(due, null))
        await attempt(() => removeDeadWorkers({ pool }))
      }
      await pause(deps.intervalMs)
    }
  }

  await Promise.all([showAliveRepeatedly(), ...(schedules ? [startSchedules(schedules)] : [])])
}
