import type { Pool } from 'pg'

/** The owners of calls at the time when these are written. */
export interface Owners {
  /** The workspace of each listener that exists. */
  workspaceOf: ReadonlyMap<string, string>
  /** The account of each token that exists, and the workspaces of that account. */
  tokens: ReadonlyMap<string, { accountId: string; workspaceIds: ReadonlySet<string> }>
}

const TOKENS = `
  select t.id, t.account_id, array(select m.workspace_id from member m where m.account_id = t.account_id) as workspaces
    from token t where t.id = any($1)`

/** Finds the owners of listeners and tokens. A call that names neither belongs to nobody. */
export async function findOwners(
  pool: Pool,
  listenerIds: readonly string[],
  tokenIds: readonly string[]
): Promise<Owners> {
  const listeners = await pool.query<{ id: string; workspace_id: string }>({
    name: 'call_listeners',
    text: 'select id, workspace_id from listener where id = any($1)',
    values: [[...new Set(listenerIds)]]
  })
  const tokens = await pool.query<{ id: string; account_id: string; workspaces: string[] }>({
    name: 'call_tokens',
    text: TOKENS,
    values: [[...new Set(tokenIds)]]
  })
  return {
    workspaceOf: new Map(listeners.rows.map(({ id, workspace_id }) => [id, workspace_id])),
    tokens: new Map(
      tokens.rows.map(({ id, account_id, workspaces }) => [
        id,
        { accountId: account_id, workspaceIds: new Set(workspaces) }
      ])
    )
  }
}
