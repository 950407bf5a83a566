import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'

/** A listener that is offered to agents as a tool, with what its name is made of. */
export interface ToolListener {
  id: string
  key: string | null
  name: string
}

/** The most workspaces whose tools are in memory. */
const WORKSPACES_MAX = 5_000

const TOOLS = 'select id, key, name from listener where workspace_id = $1 and mcp order by created_at, id'

/** The listeners that are tools, by workspace, oldest first. */
export function createToolCache(deps: CacheDeps): RecordCache<readonly ToolListener[]> {
  return createRecordCache(deps, {
    topic: 'tool',
    size: WORKSPACES_MAX,
    async load(workspaceId) {
      const { rows } = await deps.database.pool.query<ToolListener>({
        name: 'tools_of_workspace',
        text: TOOLS,
        values: [workspaceId]
      })
      return rows
    }
  })
}
