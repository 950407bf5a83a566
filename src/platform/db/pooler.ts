import type { Pool, PoolClient } from 'pg'

/**
 * The settings that bound the statements of a session. A pooler's sessions get them from the role or from the pooler
 * itself.
 */
const TIMEOUTS = ['statement_timeout', 'idle_in_transaction_session_timeout'] as const

/**
 * Makes a connection fit for a pooler in transaction mode: a statement is prepared without a name, because the next
 * transaction may run in another session, which does not know the name or has it already.
 */
export function fitPooler(client: PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  client.query = ((first: unknown, ...rest: unknown[]) =>
    query(isNamed(first) ? { ...first, name: undefined } : first, ...rest)) as typeof client.query
}

function isNamed(query: unknown): query is { name: string } {
  return typeof query === 'object' && query !== null && 'name' in query && 'text' in query
}

/**
 * Returns a warning for each timeout that the sessions of the pooler lack. The timeouts cannot be set from here: a
 * setting would stay in a session that another client gets next.
 */
export async function poolerWarnings(pool: Pick<Pool, 'query'>): Promise<string[]> {
  const settings = TIMEOUTS.map((name) => `current_setting('${name}') as ${name}`).join(', ')
  const {
    rows: [row]
  } = await pool.query<Record<string, string>>(`select ${settings}`)
  return TIMEOUTS.filter((name) => row?.[name] === '0').map(
    (name) => `sessions of the pooler have no ${name}: set it for the role or in the pooler (docs/operations.md)`
  )
}
