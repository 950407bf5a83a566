import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { requireRole } from '../workspaces/access.ts'
import { SECRET_NAME } from './secret.ts'
import type { SecretDeps } from './secrets.ts'

/** Flows that use it fail from now on. @throws Fault `not_found`, `insufficient_scope` */
export async function deleteSecret(
  deps: Omit<SecretDeps, 'clock' | 'keyring'>,
  account: AccountRecord,
  workspaceId: string,
  name: string,
  actor: Actor
): Promise<void> {
  requireRole(account, workspaceId, 'editor')
  await deps.changes.transaction(async (tx, announce) => {
    const gone = SECRET_NAME.test(name)
      ? await tx.workspaceSecret.deleteMany({ where: { workspaceId, name } })
      : undefined
    if (!gone?.count) throw new Fault('not_found', { why: 'no_such_secret' })
    announce('secret', workspaceId)
    await deps.audit.record(tx, { action: 'secret.deleted', actor, target: name, workspaceId })
  })
}
