import { readCursor } from '../platform/db/page.ts'
import type { Param } from '../platform/db/parameters.ts'
import type { RunStatus } from './run.ts'

/** Which rows of `run` to select. */
export interface Selection {
  /**
   * The workspaces, each of which is read along its own index; undefined where another condition selects fewer rows.
   */
  workspaces: readonly string[] | undefined
  conditions: readonly [sql: (parameter: string) => string, value: unknown][]
  statuses: readonly (RunStatus | undefined)[]
}

/**
 * The newest rows of a selection, as SQL. It reads the newest rows of each workspace and status along their index, and
 * selects the newest of these, so the cost does not depend on the number of runs.
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
    // Each status is a parameter of its own: only then does the planner see that a partial index contains the rows.
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
