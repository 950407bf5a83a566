import type { MemberRole } from '../accounts/account-cache.ts'
import type { Workspace } from '../platform/db/client.ts'
import type { Algorithm } from '../platform/jws/algorithms.ts'

/** The rules of a workspace for the tokens that its customers' back end signs. */
export interface CustomerAuth {
  /** Where the back end publishes its key set (RFC 7517). */
  jwksUri: string | null
  /** Whether tokens signed with the workspace secret are accepted. */
  secretKeyAuth: boolean
  /** null = every algorithm that fits a key. */
  algorithms: Algorithm[] | null
  /** The longest lifetime of a token, in seconds; null = only its `exp` limits it. */
  maxTokenSeconds: number | null
}

/** A workspace as one of its members sees it, without its secret. */
export interface PublicWorkspace extends CustomerAuth {
  id: string
  name: string
  /** A name for the URLs of its listeners, unique over all workspaces; null = none. */
  slug: string | null
  /** Identifies the workspace in tokens that its customers' back end signs. Not a secret. */
  key: string
  /** The role of the reading account. */
  role: MemberRole
  /** Finished runs and delivered events are deleted after this many days. */
  runRetentionDays: number
  /** The origins whose pages may call with credentials of its customers, and with its tokens. */
  origins: string[]
  /** The addresses that get its alerts by mail. */
  alertEmails: string[]
  /** Whether it is suspended: it can be read, and nothing in it runs or changes. */
  suspended: boolean
  createdAt: string
}

/** A workspace as the API shows it to a member of this role: without its secret. */
export function publicWorkspace(workspace: Omit<Workspace, 'secret'>, role: MemberRole): PublicWorkspace {
  return {
    id: workspace.id,
    name: workspace.name,
    slug: workspace.slug,
    key: workspace.key,
    role,
    jwksUri: workspace.jwksUri,
    secretKeyAuth: workspace.secretKeyAuth,
    algorithms: workspace.algorithms.length > 0 ? (workspace.algorithms as Algorithm[]) : null,
    maxTokenSeconds: workspace.maxTokenSeconds,
    runRetentionDays: workspace.runRetentionDays,
    origins: workspace.origins,
    alertEmails: workspace.alertEmails,
    suspended: workspace.suspendedAt !== null,
    createdAt: workspace.createdAt.toISOString()
  }
}
