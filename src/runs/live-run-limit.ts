import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { createHeldAmounts } from '../lib/held-amounts.ts'
import { isUnavailable } from '../platform/db/client.ts'
import { queueFullHeaders } from '../platform/rate-limits/headers.ts'
import type { Runs } from './engine.ts'

/** The greatest number of durable runs that have not ended. */
export const LIVE_RUNS = Object.freeze({ listener: 10_000, workspace: 50_000 })
const COUNT_AGE_MS = 1_000
const RETRY_AFTER_MS = 5_000

export interface LiveRunLimit {
  /**
   * Makes room for one more durable run.
   * @throws Fault `rate_limited` if its listener or its workspace has as many as it may have
   */
  take(workspaceId: string, listenerId: string | null): Promise<void>
}

/** Bounds the durable runs of each listener and workspace, over all processes. */
export function createLiveRunLimit(deps: {
  runs: Pick<Runs, 'countLive'>
  clock: Clock
  limits?: Readonly<Record<keyof typeof LIVE_RUNS, number>>
}): LiveRunLimit {
  const { runs, clock, limits = LIVE_RUNS } = deps

  const amounts = (scope: keyof typeof LIVE_RUNS) =>
    createHeldAmounts({
      clock,
      maxAgeMs: COUNT_AGE_MS,
      read: async (id) => {
        try {
          return { runs: await runs.countLive(scope, id, limits[scope]) }
        } catch (error) {
          // While the database is unavailable, nothing can be counted, and no run can become durable either. A run that
          // ends within its request needs no database.
          if (isUnavailable(error)) return { runs: 0 }
          throw error
        }
      }
    })
  const held = { listener: amounts('listener'), workspace: amounts('workspace') }

  return {
    async take(workspaceId, listenerId) {
      const owners = [
        ['workspace', workspaceId],
        ...(listenerId === null ? [] : [['listener', listenerId] as const])
      ] as const
      const counted = await Promise.all(
        owners.map(async ([scope, id]) => ({ scope, id, amount: await held[scope].of(id) }))
      )
      for (const { scope, amount } of counted)
        if (amount.runs >= limits[scope])
          throw new Fault('rate_limited', {
            why: 'too_many_live_runs',
            detail: `A ${scope} has at most ${limits[scope]} durable runs that have not ended.`,
            headers: queueFullHeaders(`live-runs-${scope}`, limits[scope], RETRY_AFTER_MS)
          })
      for (const { scope, id } of counted) held[scope].add(id, { runs: 1 })
    }
  }
}
