import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { announceAction } from './action-cache.ts'
import { lockAction, type ActionDeps } from './actions.ts'

/** Its users' tokens end with it, at once. @throws Fault `not_found`, `insufficient_scope` */
export async function deleteAction(
  deps: Omit<ActionDeps, 'clock'>,
  account: AccountRecord,
  actionId: string,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    const action = await lockAction(tx, account, actionId, 'editor')
    await tx.action.delete({ where: { id: actionId } })
    announceAction(announce, action)
    await deps.audit.record(tx, {
      action: 'action.deleted',
      actor,
      target: actionId,
      workspaceId: action.workspaceId,
      details: { name: action.name }
    })
  })
}
