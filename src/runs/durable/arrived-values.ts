import type { Pool } from 'pg'
import type { Expressions } from '../../dsl/expressions/expressions.ts'
import { evaluateCorrelation } from '../../dsl/index.ts'
import type { ArrivedEvent } from '../engine.ts'

/**
 * SQL condition on a table of waits: whether an event of the workspace $1, with the type $2 and the source $3, may end
 * the wait.
 */
export const OF_EVENT = 'workspace_id = $1 and (type is null or type = $2) and (source is null or source = $3)'

/**
 * Evaluates an event with each list of expressions that waits of a table have. Yields the parameters of a statement
 * over {@link OF_EVENT}, the list ($4) and its values ($5). Each list is evaluated once, however many runs wait.
 */
export async function* arrivedValues(
  { pool, expressions }: { pool: Pool; expressions: Pick<Expressions, 'compile'> },
  table: 'event_wait' | 'restate_wait',
  { workspaceId, type, source, event }: ArrivedEvent
): AsyncGenerator<[workspaceId: string, type: string, source: string, correlation: string, values: string]> {
  const { rows } = await pool.query<{ correlation: string }>({
    name: `correlations_of_${table}`,
    text: `select distinct correlation from ${table} where ${OF_EVENT}`,
    values: [workspaceId, type, source]
  })
  for (const { correlation } of rows) {
    const from = JSON.parse(correlation) as string[]
    const values = await evaluateCorrelation(expressions, from, event, { key: workspaceId })
    yield [workspaceId, type, source, correlation, values]
  }
}
