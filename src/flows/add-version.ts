import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { type Database, jsonInput, type Prisma } from '../platform/db/client.ts'
import { lockWorkspace, WORKSPACE_LIMITS } from '../workspaces/quotas.ts'
import { authorOf } from './author.ts'
import { checkDocument, type Draft } from './check-document.ts'
import { pinnedToJson } from './compile-version.ts'
import type { FlowDeps } from './create.ts'
import { publicFlow, type PublicFlow, lookupColumns, refuseTakenIdentity, sourceColumns } from './flow.ts'
import { findFlow, lockFlow } from './read.ts'

/**
 * Saves a document as the next version of a flow. Listeners keep running the published version.
 * @param draft the document, with its author's note on the change
 * @param fits says whether the document was made from the latest version; it gets the number of that version
 * @throws Fault `validation_failed`, `not_found`, `insufficient_scope`, `conflict` if the document was made from an
 *   older version, its new name is taken, or the flow has {@link WORKSPACE_LIMITS.versionsOfFlow} versions
 */
export async function addVersion(
  deps: FlowDeps & { database: Database },
  account: AccountRecord,
  flowId: string,
  { note, ...draft }: Draft & { note?: string | undefined },
  fits: (latest: number) => boolean,
  actor: Actor
): Promise<PublicFlow> {
  const { workspaceId } = await findFlow(deps.database.prisma, account, flowId, 'editor')
  const { document, openapi } = await checkDocument(deps, draft.document, {
    owner: { key: account.id },
    actor,
    locate: draft.locate
  })
  const { name } = document.document
  return deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const before = await lockFlow(tx, account, flowId, 'editor')
    if (!fits(before.latestVersion))
      throw new Fault('conflict', {
        why: 'stale_version',
        detail: `The latest version is ${before.latestVersion}: read it, and make your change there.`
      })
    if (before.latestVersion >= WORKSPACE_LIMITS.versionsOfFlow)
      throw new Fault('conflict', {
        why: 'limit_reached',
        detail: `A flow can have at most ${WORKSPACE_LIMITS.versionsOfFlow} versions: save it as a new flow.`
      })
    await refuseTakenIdentity(tx, workspaceId, document.document, flowId)
    const createdAt = new Date(deps.clock.now())
    const version = await tx.flowVersion.create({
      data: {
        flowId,
        version: before.latestVersion + 1,
        name,
        ...lookupColumns(document),
        document: jsonInput(document),
        openapi: pinnedToJson(openapi) as Prisma.InputJsonObject | undefined,
        ...sourceColumns(draft.source),
        note: note ?? null,
        createdBy: authorOf(actor),
        createdAt
      }
    })
    const flow = await tx.flow.update({
      where: { id: flowId },
      data: { name, latestVersion: version.version, updatedAt: createdAt }
    })
    await deps.audit.record(tx, {
      action: 'flow.updated',
      actor,
      target: flowId,
      workspaceId,
      details: { name, version: version.version }
    })
    return publicFlow(tx, flow, version)
  })
}
