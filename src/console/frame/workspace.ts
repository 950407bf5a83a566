import { useRead } from '../api/use-api.ts'
import type { Page, Role, Workspace } from '../api/types.ts'
import { useQueryText } from '../lib/navigation.ts'
import { useStored } from '../lib/stored.ts'

const WORKSPACES = '/v1/workspaces'
const PAGE_SIZE = 200

export interface CurrentWorkspace {
  /** Undefined while it is loading, and for accounts that are in none. */
  workspace: Workspace | undefined
  workspaces: readonly Workspace[]
  loading: boolean
  role: Role | undefined
  /**
   * Whether the role may change flows, listeners, secrets and the like. Controls that a role may not use are not shown.
   */
  canEdit: boolean
  isOwner: boolean
}

/**
 * The workspace of the lists: that of the URL, else the last one used, else the first. `id` names the workspace of a
 * single resource instead.
 */
export function useWorkspace(id?: string): CurrentWorkspace {
  const [search] = useQueryText()
  const stored = useStored('workspace')
  const { data } = useRead<Page<Workspace>>(WORKSPACES, { query: { limit: PAGE_SIZE } })
  const workspaces = data?.items ?? []
  const find = (wanted: string | undefined): Workspace | undefined => workspaces.find((each) => each.id === wanted)
  const workspace = id === undefined ? (find(search['workspace']) ?? find(stored) ?? workspaces[0]) : find(id)
  const role = workspace?.role
  const running = workspace?.suspended === false
  return {
    workspace,
    workspaces,
    loading: data === undefined,
    role,
    canEdit: running && (role === 'owner' || role === 'editor'),
    isOwner: running && role === 'owner'
  }
}
