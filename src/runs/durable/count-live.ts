import type { Pool } from 'pg'
import type { Runs } from '../engine.ts'

/** Counts the live runs of an owner, up to `limit`. */
export async function countLive(pool: Pool, ...[owner, id, limit]: Parameters<Runs['countLive']>): Promise<number> {
  const { rows } = await pool.query<{ runs: number }>({
    name: `live_runs_of_${owner}`,
    text: `select count(*)::int as runs from (select from live_run where ${owner}_id = $1 limit $2) live`,
    values: [id, limit]
  })
  return rows[0]?.runs ?? 0
}
