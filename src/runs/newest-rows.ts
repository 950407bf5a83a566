import { readCursor } from '../platform/db/page.ts'
import type { Param } from '../platform/db/parameters.ts'
import type { RunStatus } from './run.ts'

/** What to select, as conditions on rows of `run`. Each key is read along an index of its own. */
export interface Selection {
  /** The workspaces to read one after the other; undefined where a rarer key leads. */
  workspaces: readonly string[] | undefined
  conditions: readonly [sql: (parameter: string) => string, value: unknown][]
  statuses: readonly (RunStatus | undefined)[]
}

/**
 * The newest rows of a selection. Takes those of each workspace and status from their index, and the newest of these:
 * the cost does not depend on the number of runs.
 */
export function newestRows(
  { workspaces, conditions, statuses }: Selection,
  { columns, limit, cursor }: { columns: string; limit: number; cursor?: string | undefined },
  param: Param
): string {
  const after = readCursor(cursor)
  const bound = param(limit)
  const shared = [
    ...(workspaces ? ['run.workspace_id = owner.key'] : []),
    ...conditions.map(([sql, given]) => sql(param(given))),
    ...(after ? [`(run.started_at, run.id) < (${param(after.time)}, ${param(after.id)})`] : [])
  ]
  const branches = statuses.map((status) => {
    // A parameter of its own for each status: only then does the planner see that a partial index has the rows.
    const all = status === undefined ? shared : [...shared, `run.status = ${param(status)}`]
    return `(select ${columns} from run where ${all.join(' and ')}
              order by run.started_at desc, run.id desc limit ${bound})`
  })
  const newest = branches.join(' union all ')
  const from = workspaces
    ? `unnest(${param(workspaces)}::text[]) as owner (key) cross join lateral (${newest}) newest`
    : `(${newest}) newest`
  return `select newest.* from ${from} order by newest.started_at desc, newest.id desc limit ${bound}`
}
