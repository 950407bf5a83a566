import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { lockFlow } from './read.ts'

/**
 * Deletes a flow and all its versions. @throws Fault `conflict` while a listener uses it, `not_found`,
 * `insufficient_scope`
 */
export async function deleteFlow(
  deps: { changes: Changes; audit: Audit },
  account: AccountRecord,
  flowId: string,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    const { workspaceId, name } = await lockFlow(tx, account, flowId, 'editor')
    if (await tx.listener.findFirst({ where: { flowId }, select: { id: true } })) {
      throw new Fault('conflict', {
        why: 'flow_in_use',
        detail: 'A listener runs this flow: delete the listener or assign another flow to it first.'
      })
    }
    await tx.flow.delete({ where: { id: flowId } })
    announce('flow', flowId)
    await deps.audit.record(tx, { action: 'flow.deleted', actor, target: flowId, workspaceId, details: { name } })
  })
}
