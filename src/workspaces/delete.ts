import type { Confirmed } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import type { Membership } from './access.ts'
import { lockWorkspace } from './quotas.ts'

/**
 * Deletes a workspace with its members, flows, listeners and secrets. Its runs and its audit log entries stay.
 * @throws Fault `not_found` if the workspace was deleted
 */
export async function deleteWorkspace(
  deps: { changes: Changes; audit: Audit },
  membership: Confirmed<Membership<'owner'>>,
  actor: Actor
): Promise<void> {
  const { workspaceId } = membership
  await deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const of = { where: { workspaceId } }
    const id = { select: { id: true } }
    const [members, flows, listeners] = [
      await tx.member.findMany(of),
      await tx.flow.findMany({ ...of, ...id }),
      await tx.listener.findMany({ ...of, ...id })
    ]
    // A flow cannot be deleted while a listener references it, so the listeners go first.
    await tx.listener.deleteMany(of)
    const { name, slug } = await tx.workspace.delete({
      where: { id: workspaceId },
      select: { name: true, slug: true }
    })

    for (const { accountId } of members) announce('account', accountId)
    for (const listener of listeners) announce('listener', listener.id)
    for (const flow of flows) announce('flow', flow.id)
    announce('secret', workspaceId)
    announce('workspace', workspaceId)
    if (slug !== null) announce('workspace_slug', slug)
    await deps.audit.record(tx, {
      action: 'workspace.deleted',
      actor,
      target: workspaceId,
      workspaceId,
      details: { name, flows: flows.length, listeners: listeners.length }
    })
  })
}
