import type { MemberRole } from '../accounts/account-cache.ts'
import type { Workspace } from '../platform/db/client.ts'
import type { Algorithm } from '../platform/jws/algorithms.ts'

/** What a workspace says of the tokens that its customers' back end signs. */
export interface CustomerAuth {
  /** Where the back end publishes its key set (RFC 7517). */
  jwksUri: string | null
  /** Whether tokens signed with the workspace secret are taken. */
  secretKeyAuth: boolean
  /** null = every algorithm that fits a key. */
  algorithms: Algorithm[] | null
  /** The longest life of a token; null = no bound but its `exp`. */
  maxTokenSeconds: number | null
}

/** A workspace as one of its members sees it. Its secret is shown when it is made, and never again. */
export interface PublicWorkspace extends CustomerAuth {
  id: string
  name: string
  /** Names the workspace in tokens that its customers' back end signs. No secret. */
  key: string
  /** The role of whoever asks. */
  role: MemberRole
  /** Ended runs and delivered events are removed after so many days. */
  runRetentionDays: number
  createdAt: string
}

export function publicWorkspace(workspace: Omit<Workspace, 'secret'>, role: MemberRole): PublicWorkspace {
  return {
    id: workspace.id,
    name: workspace.name,
    key: workspace.key,
    role,
    jwksUri: workspace.jwksUri,
    secretKeyAuth: workspace.secretKeyAuth,
    algorithms: workspace.algorithms.length > 0 ? (workspace.algorithms as Algorithm[]) : null,
    maxTokenSeconds: workspace.maxTokenSeconds,
    runRetentionDays: workspace.runRetentionDays,
    createdAt: workspace.createdAt.toISOString()
  }
}
