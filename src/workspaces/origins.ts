import type { Announce } from '../platform/db/changes.ts'
import { type CacheDeps, createRecordCache } from '../platform/db/record-cache.ts'

/** The origins whose pages may call with the credentials of a workspace's customers, and with its tokens. */
export interface WorkspaceOrigins {
  /** Whether a workspace has this origin. */
  has(workspaceId: string, origin: string): Promise<boolean>
  /** Whether any workspace has this origin. Used for preflights, which carry no credential. */
  isKnown(origin: string): Promise<boolean>
}

const OF_WORKSPACE = 'select origins from workspace where id = $1'
const IS_ORIGIN = 'select 1 from workspace where origins @> array[$1] limit 1'

export function createWorkspaceOrigins(deps: CacheDeps): WorkspaceOrigins {
  const ofWorkspace = createRecordCache<ReadonlySet<string>>(deps, {
    topic: 'workspace',
    async load(workspaceId) {
      const { rows } = await deps.database.pool.query<{ origins: string[] }>({
        name: 'origins_of_workspace',
        text: OF_WORKSPACE,
        values: [workspaceId]
      })
      return rows[0] && new Set(rows[0].origins)
    }
  })
  const known = createRecordCache<true>(deps, {
    topic: 'workspace',
    async load(origin) {
      const { rowCount } = await deps.database.pool.query({
        name: 'workspace_has_origin',
        text: IS_ORIGIN,
        values: [origin]
      })
      return rowCount ? true : undefined
    }
  })
  return {
    has: async (workspaceId, origin) => (await ofWorkspace.get(workspaceId))?.has(origin) === true,
    isKnown: async (origin) => (await known.get(origin)) === true
  }
}

/** Drops these origins from the caches of every process. Pass the lists before and after a change. */
export function announceOrigins(announce: Announce, ...states: readonly (readonly string[])[]): void {
  for (const origin of new Set(states.flat())) announce('workspace', origin)
}
