import type { Confirmed } from '../accounts/confirmation.ts'
import type { Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import { Secret } from '../lib/secret.ts'
import type { Membership } from './access.ts'
import type { WorkspaceDeps } from './create.ts'
import { lockWorkspace } from './quotas.ts'
import { formerSecretPlace, newSigningSecret, secretPlace } from './signing-secret.ts'
import { publicWorkspace, type PublicWorkspace } from './workspace.ts'

/** The longest overlap: 30 days. A secret is rotated because it may be known, so its remaining time is bounded. */
export const SECRET_OVERLAP_MAX_SECONDS = 30 * 24 * 60 * 60
/** The most former secrets that verify at the same time. A further rotation ends the oldest. */
export const FORMER_SECRETS_MAX = 4

export interface RotatedSecret {
  workspace: PublicWorkspace
  /** Shown once. */
  secret: Secret
  /** When tokens signed with the previous secret stop verifying; null = now. */
  overlapEndsAt: Date | null
}

/**
 * Rotates the secret that the customers' back end signs with.
 *
 * A secret is current (in the workspace row), former (a `former_secret` row, until its `valid_until`) or gone. Only
 * this function moves it, in one transaction: current to former by an insert, or straight to gone if the overlap is 0.
 * No former secret verifies longer than the secret that this rotation replaces, so an overlap of 0 ends them all.
 * @throws Fault `not_found` if the workspace was deleted
 */
export async function rotateSecret(
  deps: WorkspaceDeps,
  membership: Confirmed<Membership<'owner'>>,
  overlapSeconds: number,
  actor: Actor
): Promise<RotatedSecret> {
  const { workspaceId, role } = membership
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const before = await tx.workspace.findUniqueOrThrow({
      where: { id: workspaceId },
      select: { secret: true, secretVersion: true }
    })
    const now = deps.clock.now()
    const overlapEndsAt = overlapSeconds === 0 ? null : new Date(now + overlapSeconds * 1000)
    await endFormerSecrets(tx, workspaceId, overlapEndsAt)
    if (overlapEndsAt) {
      const version = before.secretVersion
      const old = deps.keyring.open(before.secret, secretPlace(workspaceId)).reveal()
      await tx.formerSecret.create({
        data: {
          workspaceId,
          version,
          secret: deps.keyring.seal(old, formerSecretPlace(workspaceId, version)),
          validUntil: overlapEndsAt
        }
      })
    }
    const secret = newSigningSecret()
    const workspace = await tx.workspace.update({
      where: { id: workspaceId },
      data: { secret: deps.keyring.seal(secret, secretPlace(workspaceId)), secretVersion: { increment: 1 } },
      omit: { secret: true }
    })
    announce('workspace', workspaceId)
    await deps.audit.record(tx, {
      action: 'workspace.secret_rotated',
      actor,
      target: workspaceId,
      workspaceId,
      details: { version: workspace.secretVersion, overlapEndsAt: overlapEndsAt?.toISOString() ?? null }
    })
    return { workspace: publicWorkspace(workspace, role), secret: new Secret(secret), overlapEndsAt }
  })
}

async function endFormerSecrets(
  tx: Prisma.TransactionClient,
  workspaceId: string,
  latestEnd: Date | null
): Promise<void> {
  if (!latestEnd) {
    await tx.formerSecret.deleteMany({ where: { workspaceId } })
    return
  }
  const kept = await tx.formerSecret.findMany({
    where: { workspaceId },
    orderBy: { version: 'desc' },
    take: FORMER_SECRETS_MAX - 1,
    select: { version: true }
  })
  const oldest = kept.at(-1)?.version
  if (oldest !== undefined) await tx.formerSecret.deleteMany({ where: { workspaceId, version: { lt: oldest } } })
  await tx.formerSecret.updateMany({
    where: { workspaceId, validUntil: { gt: latestEnd } },
    data: { validUntil: latestEnd }
  })
}
