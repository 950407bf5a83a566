import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import { keyOfCursor, type Page, pageByKey, type PageRequest } from '../platform/db/page.ts'
import type { Membership } from '../workspaces/access.ts'
import { lockWorkspace, requireQuota, WORKSPACE_LIMITS } from '../workspaces/quotas.ts'
import { checkSecret, placeOf, publicSecret, type PublicSecret, SECRET_NAME, type SecretValue } from './secret.ts'

export interface SecretDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  keyring: Keyring
}

/**
 * Creates a secret or replaces its value; `created` says which.
 * @throws Fault `validation_failed`, `conflict` if a limit of the workspace is reached
 * @example
 * const membership = requireRole(account, workspaceId, 'editor')
 * const { created } = await setSecret(deps, membership, 'erp', new Secret({ username: 'ada', password: '…' }), actor)
 */
export async function setSecret(
  deps: SecretDeps,
  membership: Membership<'editor'>,
  name: string,
  value: Secret<SecretValue>,
  actor: Actor
): Promise<{ secret: PublicSecret; created: boolean }> {
  const { workspaceId } = membership
  checkSecret(name, value.reveal())
  const sealed = deps.keyring.seal(JSON.stringify(value.reveal()), placeOf(workspaceId, name))
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const created = await requireSpace(tx, workspaceId, name, sealed.length)
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

/** Requires that the workspace has room for the secret. Returns whether the secret is new. @throws Fault `conflict` */
async function requireSpace(
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
  if (!others) throw new Error('an aggregate query returned no row')
  requireQuota(others.count, WORKSPACE_LIMITS.secrets, 'secrets in a workspace')
  if (others.bytes + bytes > WORKSPACE_LIMITS.secretBytes) {
    throw new Fault('conflict', {
      why: 'limit_reached',
      detail: `The encrypted secrets of a workspace may have at most ${WORKSPACE_LIMITS.secretBytes} bytes in total.`
    })
  }
  return !others.exists
}

/**
 * The names and times of the secrets of a workspace, by name. No operation returns a value. @throws Fault `not_found`
 */
export async function listSecrets(
  deps: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicSecret>> {
  const { workspaceId } = membership
  const after = keyOfCursor(page.cursor)
  const rows = await deps.database.prisma.workspaceSecret.findMany({
    where: { workspaceId, ...(after === undefined ? {} : { name: { gt: after } }) },
    omit: { value: true },
    orderBy: { name: 'asc' },
    take: page.limit + 1
  })
  return pageByKey(rows, page.limit, ({ name }) => name, publicSecret)
}

/** Deletes a secret. Flows that use it fail from now on. @throws Fault `not_found` */
export async function deleteSecret(
  deps: Omit<SecretDeps, 'clock' | 'keyring'>,
  membership: Membership<'editor'>,
  name: string,
  actor: Actor
): Promise<void> {
  const { workspaceId } = membership
  await deps.changes.transaction(async (tx, announce) => {
    const gone = SECRET_NAME.test(name)
      ? await tx.workspaceSecret.deleteMany({ where: { workspaceId, name } })
      : undefined
    if (!gone?.count) throw new Fault('not_found', { why: 'no_such_secret' })
    announce('secret', workspaceId)
    await deps.audit.record(tx, { action: 'secret.deleted', actor, target: name, workspaceId })
  })
}
