import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { authorOf } from './author.ts'
import type { FlowDeps } from './create.ts'
import { publicFlow, type PublicFlow } from './flow.ts'
import { lockFlow } from './read.ts'

/**
 * Makes listeners run this version from now on. An older version may be published again. The note goes to the audit
 * log, and to a version that has none yet.
 * @throws Fault `validation_failed` for a version that does not exist, `not_found`, `insufficient_scope`
 */
export async function publishFlow(
  deps: Pick<FlowDeps, 'changes' | 'clock' | 'audit' | 'syncSchedule'>,
  account: AccountRecord,
  flowId: string,
  { version, note }: { version: number; note?: string | undefined },
  actor: Actor
): Promise<PublicFlow> {
  const flow = await deps.changes.transaction(async (tx, announce) => {
    const before = await lockFlow(tx, account, flowId, 'editor')
    const published = await tx.flowVersion.findUnique({
      where: { flowId_version: { flowId, version } },
      omit: { openapi: true }
    })
    if (!published)
      throw new Fault('validation_failed', {
        errors: [{ pointer: '/version', message: 'is not a version of this flow' }]
      })
    const row = await tx.flow.update({
      where: { id: flowId },
      data: { publishedVersion: version, publishedBy: authorOf(actor), updatedAt: new Date(deps.clock.now()) }
    })
    if (note !== undefined) await tx.flowVersion.updateMany({ where: { flowId, version, note: null }, data: { note } })
    announce('flow', flowId)
    await deps.audit.record(tx, {
      action: 'flow.published',
      actor,
      target: flowId,
      workspaceId: row.workspaceId,
      details: { version, before: before.publishedVersion, ...(note === undefined ? {} : { note }) }
    })
    return publicFlow(tx, row, published)
  })
  await deps.syncSchedule(flowId)
  return flow
}
