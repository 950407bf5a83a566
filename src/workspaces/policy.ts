import { type Admin } from '../accounts/admin.ts'
import type { Confirmed } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { EVERY, type Changes } from '../platform/db/changes.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import type { Membership } from './access.ts'
import { lockWorkspace } from './quotas.ts'

/** The rules of an installation, or the stricter ones of a workspace. An absent rule is no restriction. */
export interface Policy {
  /** The longest life of a token, in days. It forbids unlimited tokens too, unless `allowUnlimited` is true. */
  maxDays?: number
  allowUnlimited?: boolean
  /** Tokens that were not used for this many days are revoked, after a notice. */
  unusedDays?: number
  /** Admins and owners need a second factor for what only they may do. */
  requireSecondFactor?: boolean
  /** E-mails of other domains cannot sign up, and cannot be invited into the workspace. */
  signupDomains?: string[]
}

/** The id of the only row of the table. */
export const INSTALLATION = 1

export interface PolicyDeps {
  changes: Changes
  audit: Audit
}

/** Reads the policy of the installation; `{}` if none was set. */
export async function readInstallationPolicy(
  client: Pick<Prisma.TransactionClient, 'installationPolicy'>
): Promise<Policy> {
  const row = await client.installationPolicy.findUnique({ where: { id: INSTALLATION } })
  return (row?.policy ?? {}) as Policy
}

/** @throws Fault `not_found` if the workspace was deleted */
export async function readWorkspacePolicy(
  { database }: { database: Database },
  { workspaceId }: Membership
): Promise<Policy> {
  const row = await database.prisma.workspace.findUnique({ where: { id: workspaceId }, select: { policy: true } })
  if (!row) throw new Fault('not_found', { why: 'workspace_deleted' })
  return row.policy as Policy
}

/** Replaces the policy of the installation. It applies from the next call on. Existing tokens keep their expiry. */
export async function replaceInstallationPolicy(
  deps: PolicyDeps,
  _admin: Confirmed<Admin>,
  policy: Policy,
  actor: Actor
): Promise<Policy> {
  return deps.changes.transaction(async (tx, announce) => {
    const json = { ...policy }
    await tx.installationPolicy.upsert({
      where: { id: INSTALLATION },
      create: { id: INSTALLATION, policy: json },
      update: { policy: json }
    })
    // The rights of every account can depend on the policy.
    announce('account', EVERY)
    await deps.audit.record(tx, { action: 'policy.changed', actor, details: detailsOf(policy) })
    return policy
  })
}

/**
 * Replaces the policy of a workspace. It applies from the next call on. Existing tokens keep their expiry.
 * @throws Fault `not_found` if the workspace was deleted
 */
export async function replaceWorkspacePolicy(
  deps: PolicyDeps,
  { workspaceId }: Membership<'owner'>,
  policy: Policy,
  actor: Actor
): Promise<Policy> {
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    await tx.workspace.update({ where: { id: workspaceId }, data: { policy: { ...policy } }, select: { id: true } })
    const members = await tx.member.findMany({ where: { workspaceId }, select: { accountId: true } })
    for (const { accountId } of members) announce('account', accountId)
    await deps.audit.record(tx, {
      action: 'policy.changed',
      actor,
      target: workspaceId,
      workspaceId,
      details: detailsOf(policy)
    })
    return policy
  })
}

function detailsOf({ maxDays, allowUnlimited, unusedDays, requireSecondFactor, signupDomains }: Policy) {
  return {
    maxDays: maxDays ?? null,
    allowUnlimited: allowUnlimited ?? null,
    unusedDays: unusedDays ?? null,
    requireSecondFactor: requireSecondFactor ?? null,
    signupDomains: signupDomains ?? null
  }
}
