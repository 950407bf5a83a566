import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import type { ListenerDeps } from './create.ts'
import { lockListener } from './read.ts'

/** Deletes a listener. Its runs stay. @throws Fault `not_found`, `insufficient_scope` */
export async function deleteListener(
  deps: Omit<ListenerDeps, 'clock' | 'keyring' | 'publicUrl'>,
  account: AccountRecord,
  listenerId: string,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    const { workspaceId, name, path, mcp } = await lockListener(tx, account, listenerId, 'editor')
    await tx.listener.delete({ where: { id: listenerId } })
    announce('listener', listenerId)
    if (path !== null) announce('call_path', workspaceId)
    if (mcp) announce('tool', workspaceId)
    await deps.audit.record(tx, {
      action: 'listener.deleted',
      actor,
      target: listenerId,
      workspaceId,
      details: { name }
    })
  })
}
