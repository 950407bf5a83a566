import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { refuseTakenKey, requireFlow, type ListenerDeps } from './create.ts'
import { columnsOf, publicListener, settingsOf, type ListenerSettings, type PublicListener } from './listener.ts'
import { lockListener } from './read.ts'
import { checkSignature } from './signatures/check.ts'

/**
 * Changes a listener. Omitted settings stay as they are; a setting that is given is replaced as a whole.
 * @throws Fault `not_found`, `insufficient_scope`, `validation_failed` if the flow or a secret of the signature is not
 *   in the workspace, `conflict` if another listener has the key
 */
export async function updateListener(
  deps: ListenerDeps,
  account: AccountRecord,
  listenerId: string,
  change: Partial<ListenerSettings>,
  actor: Actor
): Promise<PublicListener> {
  return deps.changes.transaction(async (tx, announce) => {
    const before = await lockListener(tx, account, listenerId, 'editor')
    if (change.flowId !== undefined) await requireFlow(tx, before.workspaceId, change.flowId)
    if (change.signature) await checkSignature(tx, deps, before.workspaceId, change.signature)
    const listener = await tx.listener
      .update({
        where: { id: listenerId },
        data: { ...columnsOf({ ...settingsOf(before), ...change }), updatedAt: new Date(deps.clock.now()) }
      })
      .catch(refuseTakenKey)
    announce('listener', listenerId)
    await deps.audit.record(tx, {
      action: 'listener.updated',
      actor,
      target: listenerId,
      workspaceId: before.workspaceId,
      details: { fields: Object.keys(change) }
    })
    return publicListener(listener, deps.publicUrl)
  })
}
