import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Changes } from '../platform/db/changes.ts'
import { jsonInput, type Prisma } from '../platform/db/client.ts'
import type { Membership } from '../workspaces/access.ts'
import { lockWorkspace, requireQuota, WORKSPACE_LIMITS } from '../workspaces/quotas.ts'
import { authorOf } from './author.ts'
import { type CheckDeps, checkDocument, type Draft } from './check-document.ts'
import { pinnedToJson } from './compile-version.ts'
import { publicFlow, type PublicFlow, lookupColumns, refuseTakenIdentity, sourceColumns } from './flow.ts'

export interface FlowDeps extends CheckDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  /** Updates the schedule of a flow to its published version, before the change is answered. Never rejects. */
  syncSchedule(flowId: string): Promise<void>
}

/**
 * Saves a document as the first version of a new flow, and publishes it.
 * @throws Fault `validation_failed` with every fault of the document, `conflict` if its name is taken, `not_found`
 */
export async function createFlow(
  deps: FlowDeps,
  membership: Membership<'editor'>,
  draft: Draft,
  actor: Actor
): Promise<PublicFlow> {
  const { workspaceId } = membership
  const { document, openapi } = await checkDocument(deps, draft.document, {
    owner: { key: actor.id ?? workspaceId },
    actor,
    locate: draft.locate
  })
  const { name } = document.document
  const flow = await deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    requireQuota(await tx.flow.count({ where: { workspaceId } }), WORKSPACE_LIMITS.flows, 'flows in a workspace')
    await refuseTakenIdentity(tx, workspaceId, document.document)
    const id = newId('flw')
    const createdAt = new Date(deps.clock.now())
    const version = {
      version: 1,
      name,
      ...lookupColumns(document),
      document: jsonInput(document),
      openapi: pinnedToJson(openapi) as Prisma.InputJsonObject | undefined,
      ...sourceColumns(draft.source),
      createdBy: authorOf(actor),
      createdAt
    }
    const row = await tx.flow.create({
      data: {
        id,
        workspaceId,
        name,
        latestVersion: 1,
        publishedVersion: 1,
        publishedBy: authorOf(actor),
        createdAt,
        updatedAt: createdAt,
        versions: { create: version }
      }
    })
    await deps.audit.record(tx, { action: 'flow.created', actor, target: id, workspaceId, details: { name } })
    announce('flow', id)
    return publicFlow(tx, row, { ...version, document: document as unknown as Prisma.JsonValue })
  })
  await deps.syncSchedule(flow.id)
  return flow
}
