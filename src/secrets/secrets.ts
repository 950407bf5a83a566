import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import { requireRole } from '../workspaces/access.ts'
import { lockWorkspace, requireRoom, WORKSPACE_LIMITS } from '../workspaces/quotas.ts'
import { checkSecret, placeOf, publicSecret, type PublicSecret, type SecretValue } from './secret.ts'

export interface SecretDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  keyring: Keyring
}

/**
 * Makes a secret or replaces its value; `created` says which.
 * @throws Fault `not_found`, `insufficient_scope`, `validation_failed`, `conflict` where the workspace has no room for it
 */
export async function setSecret(
  deps: SecretDeps,
  account: AccountRecord,
  workspaceId: string,
  name: string,
  value: Secret<SecretValue>,
  actor: Actor
): Promise<{ secret: PublicSecret; created: boolean }> {
  requireRole(account, workspaceId, 'editor')
  checkSecret(name, value.reveal())
  const sealed = deps.keyring.seal(JSON.stringify(value.reveal()), placeOf(workspaceId, name))
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const created = await makeRoom(tx, workspaceId, name, sealed.length)
    const now = new Date(deps.clock.now())
    const row = await tx.workspaceSecret.upsert({
      where: { workspaceId_name: { workspaceId, name } },
      create: { workspaceId, name, value: sealed, createdAt: now, updatedAt: now },
      update: { value: sealed, updatedAt: now },
      omit: { value: true }
    })
    announce('secret', workspaceId)
    await deps.audit.record(tx, { action: 'secret.set', actor, target: name, workspaceId, details: { created } })
    return { secret: publicSecret(row), created }
  })
}

/** Whether the secret is new. */
async function makeRoom(
  tx: Prisma.TransactionClient,
  workspaceId: string,
  name: string,
  bytes: number
): Promise<boolean> {
  const [others] = await tx.$queryRaw<{ count: number; bytes: number; exists: boolean }[]>`
    select count(*) filter (where name <> ${name})::int as count,
           coalesce(sum(octet_length(value)) filter (where name <> ${name}), 0)::int as bytes,
           count(*) filter (where name = ${name}) > 0 as exists
      from secret where workspace_id = ${workspaceId}`
  if (!others) throw new Error('an aggregate gave no row')
  requireRoom(others.count, WORKSPACE_LIMITS.secrets, 'secrets in a workspace')
  if (others.bytes + bytes > WORKSPACE_LIMITS.secretBytes) {
    throw new Fault('conflict', {
      why: 'limit_reached',
      detail: `The secrets of a workspace may take ${WORKSPACE_LIMITS.secretBytes} bytes together, sealed.`
    })
  }
  return !others.exists
}
