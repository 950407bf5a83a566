import type { Pool } from 'pg'
import { createFlusher } from '../../lib/flusher.ts'
import type { Window } from './windows.ts'
import type { RatePolicy } from './policy.ts'

/** How long a counted call may remain unpublished. */
export const SHARE_EVERY_MS = 100
/** The part of a limit that is published at once if it is reached sooner. */
export const SHARE_AT_PART = 0.05
const KEYS_AT_ONCE = 1_000

export interface SharedWindows {
  /** Called for each call that is counted in a window. The window is published soon after. */
  onConsumed(policy: RatePolicy, window: Window): void
  /** Publishes new counts and reads those of the other processes. */
  share(): Promise<void>
  close(): Promise<void>
}

// If the stored window was still open when this process's window began, both are the same window, and the calls are
// added. A stored window that had ended before is replaced. Calls of a window that ended before the stored one began
// came too late, and are not counted.
const ADD = `
  insert into rate_window as theirs (key, started_at, ends_at, calls)
  select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::bigint[]) order by 1
  on conflict (key) do update set
    calls = case when theirs.ends_at > excluded.started_at then theirs.calls else 0 end + excluded.calls,
    started_at = case when theirs.ends_at > excluded.started_at then theirs.started_at else excluded.started_at end,
    ends_at = case when theirs.ends_at > excluded.started_at then theirs.ends_at else excluded.ends_at end
  where excluded.ends_at > theirs.started_at
  returning key, started_at, ends_at, calls`

/**
 * Sums the windows of all processes in the database, outside of calls. Over the limit, each process but one can let
 * through at most the calls that it counts between two rounds (every {@link SHARE_EVERY_MS}, or at a twentieth of the
 * limit) and during one round trip. While the database is down, each process counts alone.
 */
export function createSharedWindows(deps: { pool: Pool; onError(error: unknown): void }): SharedWindows {
  let waiting = new Map<string, Window>()

  const flusher = createFlusher({
    everyMs: SHARE_EVERY_MS,
    isEmpty: () => waiting.size === 0,
    write: tellAll,
    onError: deps.onError
  })

  async function tell(batch: readonly (readonly [string, Window])[]): Promise<void> {
    const told = batch.map(([, window]) => window.own - window.shared)
    const { rows } = await deps.pool.query<{ key: string; started_at: Date; ends_at: Date; calls: string }>({
      name: 'rate_window_add',
      text: ADD,
      values: [
        batch.map(([key]) => key),
        batch.map(([, window]) => new Date(window.startedAt)),
        batch.map(([, window]) => new Date(window.endsAt)),
        told
      ]
    })
    const totals = new Map(rows.map((row) => [row.key, row]))
    for (const [index, [key, window]] of batch.entries()) {
      window.shared += told[index] ?? 0
      const total = totals.get(key)
      if (!total) continue
      window.others = Math.max(0, Number(total.calls) - window.shared)
      window.startedAt = total.started_at.getTime()
      window.endsAt = total.ends_at.getTime()
    }
  }

  async function tellAll(): Promise<void> {
    const all = [...waiting]
    waiting = new Map()
    for (let start = 0; start < all.length; start += KEYS_AT_ONCE) {
      try {
        await tell(all.slice(start, start + KEYS_AT_ONCE))
      } catch (error) {
        for (const [key, window] of all.slice(start)) if (!waiting.has(key)) waiting.set(key, window)
        throw error
      }
    }
  }

  return {
    onConsumed(policy, window) {
      waiting.set(policy.key, window)
      if (!flusher.busy() && window.own - window.shared >= policy.limit * SHARE_AT_PART)
        flusher.now().catch(deps.onError)
      else flusher.soon()
    },
    share: flusher.now,
    async close() {
      await flusher.now().catch(deps.onError)
      flusher.stop()
    }
  }
}
