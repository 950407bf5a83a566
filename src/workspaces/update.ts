import { type ConfirmedOwner, requireConfirmation } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Announce, Changes } from '../platform/db/changes.ts'
import type { Prisma } from '../platform/db/client.ts'
import type { EgressAllow } from '../platform/egress/allow-list.ts'
import type { Actor } from '../lib/actor.ts'
import type { Membership } from './access.ts'
import { foldAlertEmails } from './alert-emails.ts'
import { validateJwksUri } from './key-sets.ts'
import { announceOrigins } from './origins.ts'
import { lockWorkspace } from './quotas.ts'
import { refuseTakenSlug } from './slug.ts'
import { publicWorkspace, type CustomerAuth, type PublicWorkspace } from './workspace.ts'

/** The settings that decide whose tokens are trusted. Only a confirmed owner can change them. */
const TRUST = ['jwksUri', 'secretKeyAuth', 'algorithms', 'maxTokenSeconds'] as const satisfies (keyof CustomerAuth)[]

/** Omitted fields stay as they are. */
export interface WorkspaceChange extends Partial<CustomerAuth> {
  name?: string
  slug?: string | null
  runRetentionDays?: number
  origins?: string[]
  /** E-mails, in any form. */
  alertEmails?: string[]
}

export interface UpdateWorkspaceDeps {
  changes: Changes
  audit: Audit
  /** The outbound targets that the operator allows. */
  allow: EgressAllow
}

/**
 * Changes the settings of a workspace. A token that was verified under the old rules is checked against the new ones at
 * its next call.
 * @param confirmation the owner's; required to change the fields of {@link CustomerAuth}
 * @throws Fault `confirmation_required`; `not_found` if the workspace was deleted; `validation_failed` for a key set
 *   URL that the gateway would not fetch, or an alert address that is not an e-mail; `conflict` for a slug that is
 *   taken
 */
export async function updateWorkspace(
  deps: UpdateWorkspaceDeps,
  membership: Membership<'owner'>,
  change: WorkspaceChange,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<PublicWorkspace> {
  const { workspaceId, role } = membership
  if (TRUST.some((field) => change[field] !== undefined)) requireConfirmation(confirmation)
  const { algorithms, ...rest } = change
  if (rest.alertEmails) rest.alertEmails = foldAlertEmails(rest.alertEmails)
  if (typeof rest.jwksUri === 'string') rest.jwksUri = validateJwksUri(rest.jwksUri, deps.allow)
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const before = await tx.workspace.findUniqueOrThrow({
      where: { id: workspaceId },
      select: { origins: true, slug: true }
    })
    const workspace = await tx.workspace
      .update({
        where: { id: workspaceId },
        data: { ...rest, ...(algorithms === undefined ? {} : { algorithms: algorithms ?? [] }) },
        omit: { secret: true }
      })
      .catch(refuseTakenSlug)
    announce('workspace', workspaceId)
    for (const slug of new Set([before.slug, workspace.slug])) if (slug !== null) announce('workspace_slug', slug)
    if (change.runRetentionDays !== undefined) await announceListeners(tx, announce, workspaceId)
    if (change.origins) announceOrigins(announce, before.origins, change.origins)
    await deps.audit.record(tx, {
      action: 'workspace.updated',
      actor,
      target: workspaceId,
      workspaceId,
      details: { fields: Object.keys(change), name: workspace.name }
    })
    return publicWorkspace(workspace, role)
  })
}

/** Drops the listeners of the workspace from the caches: their records contain how long runs are kept. */
async function announceListeners(tx: Prisma.TransactionClient, announce: Announce, workspaceId: string): Promise<void> {
  const listeners = await tx.listener.findMany({ where: { workspaceId }, select: { id: true } })
  for (const { id } of listeners) announce('listener', id)
}
