import { randomBytes } from 'node:crypto'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Prisma, Workspace } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Keyring } from '../lib/keyring.ts'
import { Secret } from '../lib/secret.ts'
import { requireQuota, WORKSPACE_LIMITS } from './quotas.ts'
import { newSigningSecret, secretPlace } from './signing-secret.ts'
import { refuseTakenSlug } from './slug.ts'

const KEY_BYTES = 16
export const FIRST_WORKSPACE_NAME = 'Default'

export interface WorkspaceDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  keyring: Keyring
}

export interface NewWorkspace {
  workspace: Workspace
  /** The signing secret of the customer's back end: 64 random bytes as hex. Shown once. */
  secret: Secret
}

/**
 * Creates a workspace that the account owns.
 * @throws Fault `conflict` if the account already owns the maximum number of workspaces, or the slug is taken
 * @example
 * const { workspace, secret } = await createWorkspace(deps, account.id, { name: 'Production' }, actor)
 */
export async function createWorkspace(
  deps: WorkspaceDeps,
  accountId: string,
  { name, slug = null }: { name: string; slug?: string | null | undefined },
  actor: Actor
): Promise<NewWorkspace> {
  return deps.changes.transaction(async (tx, announce) => {
    await tx.$queryRaw`select 1 from account where id = ${accountId} for update`
    requireQuota(
      await tx.member.count({ where: { accountId, role: 'owner' } }),
      WORKSPACE_LIMITS.workspacesOfAccount,
      'workspaces of one owner'
    )
    const created = await insertWorkspace(tx, deps, accountId, { name, slug }, actor)
    announce('account', accountId)
    // Another process may have cached that no workspace has the slug.
    if (slug !== null) announce('workspace_slug', slug)
    return created
  })
}

/** Inserts the workspace, its owner and the audit log entry. */
export async function insertWorkspace(
  tx: Prisma.TransactionClient,
  deps: Omit<WorkspaceDeps, 'changes'>,
  accountId: string,
  { name, slug = null }: { name: string; slug?: string | null },
  actor: Actor
): Promise<NewWorkspace> {
  const id = newId('wsp')
  const createdAt = new Date(deps.clock.now())
  const secret = newSigningSecret()
  const workspace = await tx.workspace
    .create({
      data: {
        id,
        name,
        slug,
        key: randomBytes(KEY_BYTES).toString('hex'),
        secret: deps.keyring.seal(secret, secretPlace(id)),
        createdAt,
        members: { create: { accountId, role: 'owner', createdAt } }
      }
    })
    .catch(refuseTakenSlug)
  await deps.audit.record(tx, { action: 'workspace.created', actor, target: id, workspaceId: id, details: { name } })
  return { workspace, secret: new Secret(secret) }
}
