import { Fault } from '../lib/fault.ts'
import type { Database } from '../platform/db/client.ts'

const BY_KEY_NAME_OR_ID = `
  select id from listener
   where workspace_id = $1 and (key = $2 or name = $2 or id = $2)
   order by key is not distinct from $2 desc, id = $2 desc, created_at, id
   limit 1`

/**
 * Finds a listener of a workspace by its key, its id or its name. A key wins over an id, and an id over a name. Of
 * several listeners with the same name, the oldest one wins.
 * @returns its id
 * @throws Fault `not_found`
 */
export async function findNamedListener(
  { pool }: Pick<Database, 'pool'>,
  workspaceId: string,
  named: string
): Promise<string> {
  // No column contains U+0000, and the database rejects it in a query.
  const { rows } = named.includes('\0')
    ? { rows: [] }
    : await pool.query<{ id: string }>({
        name: 'listener_by_key_name_or_id',
        text: BY_KEY_NAME_OR_ID,
        values: [workspaceId, named]
      })
  const [found] = rows
  if (!found) throw new Fault('not_found', { why: 'no_such_listener' })
  return found.id
}
