import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { publicAction, type PublicAction } from './action.ts'
import { announceAction } from './action-cache.ts'
import { columnsOf, lockAction, type ActionDeps, type ActionSettings } from './actions.ts'

/** What the change does not name stays. It holds for the tokens that users have already. @throws Fault `not_found`, `insufficient_scope`, `validation_failed` */
export async function updateAction(
  deps: ActionDeps,
  account: AccountRecord,
  actionId: string,
  change: Partial<ActionSettings>,
  actor: Actor
): Promise<PublicAction> {
  return deps.changes.transaction(async (tx, announce) => {
    const before = await lockAction(tx, account, actionId, 'editor')
    // Listeners that have gone since are no fault of this change.
    const columns =
      change.listeners === undefined
        ? { name: change.name ?? before.name, origins: [...new Set(change.origins ?? before.origins)] }
        : await columnsOf(tx, before.workspaceId, {
            name: before.name,
            origins: before.origins,
            ...change,
            listeners: change.listeners
          })
    const action = await tx.action.update({
      where: { id: actionId },
      data: { ...columns, updatedAt: new Date(deps.clock.now()) }
    })
    announceAction(announce, before, action)
    await deps.audit.record(tx, {
      action: 'action.updated',
      actor,
      target: actionId,
      workspaceId: action.workspaceId,
      details: { name: action.name, origins: action.origins, listeners: action.listenerIds }
    })
    return publicAction(action)
  })
}
