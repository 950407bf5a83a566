import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { newId } from '../lib/ids.ts'
import { requireRole } from '../workspaces/access.ts'
import { lockWorkspace, requireRoom } from '../workspaces/quotas.ts'
import { publicAction, type PublicAction } from './action.ts'
import { announceAction } from './action-cache.ts'
import { columnsOf, type ActionDeps, type ActionSettings } from './actions.ts'

export const ACTIONS_MAX = 200

/** @throws Fault `not_found`, `insufficient_scope`, `validation_failed` for a listener of another workspace, `conflict` where there is no room */
export async function createAction(
  deps: ActionDeps,
  account: AccountRecord,
  workspaceId: string,
  settings: ActionSettings,
  actor: Actor
): Promise<PublicAction> {
  requireRole(account, workspaceId, 'editor')
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    requireRoom(await tx.action.count({ where: { workspaceId } }), ACTIONS_MAX, 'actions in a workspace')
    const createdAt = new Date(deps.clock.now())
    const action = await tx.action.create({
      data: {
        id: newId('act'),
        workspaceId,
        ...(await columnsOf(tx, workspaceId, settings)),
        createdAt,
        updatedAt: createdAt
      }
    })
    announceAction(announce, action)
    await deps.audit.record(tx, {
      action: 'action.created',
      actor,
      target: action.id,
      workspaceId,
      details: { name: action.name, origins: action.origins, listeners: action.listenerIds }
    })
    return publicAction(action)
  })
}
