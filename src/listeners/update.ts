import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { validatePath } from './call-path.ts'
import { checkStream } from './check-stream.ts'
import { claimPath } from './claim-path.ts'
import { refuseTakenKey, requireFlow, type ListenerDeps } from './create.ts'
import {
  columnsOf,
  publicListener,
  settingsOf,
  WITH_SLUG,
  type ListenerSettings,
  type PublicListener
} from './listener.ts'
import { lockListener } from './read.ts'
import { checkSignature } from './signatures/check.ts'

/**
 * Changes a listener. Omitted settings stay as they are; a setting that is given is replaced as a whole.
 * @throws Fault `not_found`, `insufficient_scope`, `validation_failed` if the flow or a secret of the signature is not
 *   in the workspace or the path is not valid, `conflict` if another listener has the key or the path
 */
export async function updateListener(
  deps: ListenerDeps,
  account: AccountRecord,
  listenerId: string,
  change: Partial<ListenerSettings>,
  actor: Actor
): Promise<PublicListener> {
  if (typeof change.path === 'string') validatePath(change.path)
  return deps.changes.transaction(async (tx, announce) => {
    const before = await lockListener(tx, account, listenerId, 'editor')
    if (change.flowId !== undefined) await requireFlow(tx, before.workspaceId, change.flowId)
    const settings = { ...settingsOf(before), ...change }
    checkStream(settings)
    if (change.signature) await checkSignature(tx, deps, before.workspaceId, change.signature)
    const listener = await tx.listener
      .update({
        where: { id: listenerId },
        data: { ...columnsOf(settings), updatedAt: new Date(deps.clock.now()) },
        include: WITH_SLUG
      })
      .catch(refuseTakenKey)
    if (change.path !== undefined || change.methods !== undefined) await claimPath(tx, announce, listener)
    announce('listener', listenerId)
    if (before.mcp || listener.mcp) announce('tool', listener.workspaceId)
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
