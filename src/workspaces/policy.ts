import { type Admin } from '../accounts/admin.ts'
import type { Confirmed } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { EVERY, type Changes } from '../platform/db/changes.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import type { Membership } from './access.ts'
import { lockWorkspace } from './quotas.ts'

/** Rules of an installation, and narrower ones of a workspace. An absent rule restricts nothing. */
export interface Policy {
  /** The longest life of a token. Unlimited tokens are longer, unless `allowUnlimited` is true. */
  maxDays?: number
  allowUnlimited?: boolean
  /** Tokens that were not used for so many days end, after a notice. */
  unusedDays?: number
  /** Admins, and owners of workspaces, need a second factor for what only they may do. */
  requireSecondFactor?: boolean
  /** E-mails of other domains cannot sign up, or be invited into the workspace. */
  signupDomains?: string[]
}

/** The id of the only row of the table. */
export const INSTALLATION = 1

export interface PolicyDeps {
  changes: Changes
  audit: Audit
}

/** Reads the policy of the installation: empty where none was set. */
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

/**
 * Replaces the policy of the installation. It is in force from the next call on. Tokens that exist stay as they are.
 */
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
    // What every account may do can depend on it.
    announce('account', EVERY)
    await deps.audit.record(tx, { action: 'policy.changed', actor, details: detailsOf(policy) })
    return policy
  })
}

/**
 * Replaces the policy of a workspace. It is in force from the next call on. Tokens that exist stay as they are.
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
