import type { AccountRecord } from '../accounts/lookup.ts'
import type { Audit } from '../audit/record.ts'
import type { Changes } from '../db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import { requireRole } from './access.ts'
import { lockWorkspace } from './lock.ts'
import { publicWorkspace, type PublicWorkspace } from './workspace.ts'

/** @throws Fault `not_found`, `insufficient_scope` for who does not own it */
export async function renameWorkspace(deps: { changes: Changes, audit: Audit }, account: AccountRecord, workspaceId: string, name: string, actor: Actor): Promise<PublicWorkspace> {
  const role = requireRole(account, workspaceId, 'owner')
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const workspace = await tx.workspace.update({ where: { id: workspaceId }, data: { name }, omit: { secret: true } })
    announce('workspace', workspaceId)
    await deps.audit.record(tx, { action: 'workspace.updated', actor, target: workspaceId, workspaceId, details: { name } })
    return publicWorkspace(workspace, role)
  })
}
