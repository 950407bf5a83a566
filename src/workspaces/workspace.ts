import type { MemberRole } from '../accounts/lookup.ts'
import type { Workspace } from '../db/client.ts'

/** A workspace as one of its members sees it. Its secret is shown when it is made, and never again. */
export interface PublicWorkspace {
  id: string
  name: string
  /** Names the workspace in tokens that its customers' back end signs. No secret. */
  key: string
  /** The role of whoever asks. */
  role: MemberRole
  createdAt: string
}

export function publicWorkspace(workspace: Omit<Workspace, 'secret'>, role: MemberRole): PublicWorkspace {
  return { id: workspace.id, name: workspace.name, key: workspace.key, role, createdAt: workspace.createdAt.toISOString() }
}
