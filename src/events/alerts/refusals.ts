import type { Pool } from 'pg'
import { MINUTE_MS, SECOND_MS } from '../../lib/clock.ts'
import { deleteBatches } from '../../platform/db/delete-batches.ts'
import type { Alert } from './alert.ts'

/** A listener that refuses this many calls within the window is reported. */
export const REFUSALS_MIN = 50
export const REFUSALS_WINDOW_MS = 5 * MINUTE_MS
/** Refusals are counted by intervals of this length. */
const INTERVAL_MS = 30 * SECOND_MS

/**
 * Counts refused calls by listener, across all processes. Two processes that count in the same interval wait for each
 * other, so that one of them sees the threshold reached.
 */
const COUNT = `
  with given as (
    select l.id, l.workspace_id, l.flow_id, g.count
      from unnest($1::text[], $2::int[]) as g(id, count) join listener l on l.id = g.id),
  counted as (
    insert into listener_refusals as r (listener_id, at, count) select id, $3::timestamptz, count from given order by id
    on conflict (listener_id, at) do update set count = r.count + excluded.count
    returning r.listener_id, r.count)
  select g.id as "listenerId", g.workspace_id as "workspaceId", g.flow_id as "flowId", g.count::int as added,
         (c.count + coalesce(sum(r.count), 0))::int as total, min(r.at) as since
    from given g join counted c on c.listener_id = g.id
    left join listener_refusals r on r.listener_id = g.id and r.at > $4 and r.at < $3
   group by g.id, g.workspace_id, g.flow_id, g.count, c.count`

interface Counted {
  listenerId: string
  workspaceId: string
  flowId: string
  added: number
  total: number
  since: Date | null
}

/**
 * Adds refused calls, by listener. Listeners that do not exist are ignored.
 * @returns an alert for each listener that has refused enough in the last minutes
 */
export async function countRefusals(pool: Pool, refusals: ReadonlyMap<string, number>, now: number): Promise<Alert[]> {
  if (refusals.size === 0) return []
  const interval = Math.floor(now / INTERVAL_MS) * INTERVAL_MS
  const { rows } = await pool.query<Counted>({
    name: 'refusals_count',
    text: COUNT,
    values: [[...refusals.keys()], [...refusals.values()], new Date(interval), new Date(now - REFUSALS_WINDOW_MS)]
  })
  return rows
    .filter(({ total }) => total >= REFUSALS_MIN)
    .map(({ workspaceId, listenerId, flowId, added, total, since }) => ({
      workspaceId,
      type: 'sluice.listener.refusing' as const,
      subject: listenerId,
      // Refusals from before the threshold was reached have not been reported yet.
      count: total - added < REFUSALS_MIN ? total : added,
      since: since?.getTime() ?? interval,
      details: { flowId, listenerId, runId: null, error: null }
    }))
}

/** Removes counts that are older than any window. */
export async function trimRefusals({ pool, now }: { pool: Pool; now: number }, signal?: AbortSignal): Promise<void> {
  const values = [new Date(now - 2 * REFUSALS_WINDOW_MS)]
  await deleteBatches(pool, { table: 'listener_refusals', where: 'at < $1', values }, signal)
}
