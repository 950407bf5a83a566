import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import { Fault } from '../lib/fault.ts'
import { requireRole } from './access.ts'
import { publicWorkspace, type PublicWorkspace } from './workspace.ts'

/** @throws Fault `not_found` for a workspace that the account is not in, as for none */
export async function readWorkspace(
  deps: { database: Database },
  account: AccountRecord,
  workspaceId: string
): Promise<PublicWorkspace> {
  const role = requireRole(account, workspaceId, 'viewer')
  const workspace = await deps.database.prisma.workspace.findUnique({
    where: { id: workspaceId },
    omit: { secret: true }
  })
  if (!workspace) throw new Fault('not_found', { why: 'workspace_deleted' })
  return publicWorkspace(workspace, role)
}
