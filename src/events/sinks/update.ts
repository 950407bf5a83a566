import type { Actor } from '../../lib/actor.ts'
import type { Membership } from '../../workspaces/access.ts'
import { lockWorkspace } from '../../workspaces/quotas.ts'
import { giveUp, SINK_DISABLED } from './give-up.ts'
import {
  auditedSink,
  findSink,
  type PublicSink,
  publicSink,
  type SinkDeps,
  type SinkSettings,
  validateSinkUrl,
  WITHOUT_SECRETS
} from './sink.ts'

/**
 * Changes a sink. Omitted settings stay as they are. Pending events are sent to the new URL; if the sink is switched
 * off, they are given up.
 * @throws Fault `not_found`, `validation_failed` for a URL that outgoing calls may not reach
 */
export async function updateSink(
  deps: SinkDeps,
  membership: Membership<'owner'>,
  sinkId: string,
  { url, types, enabled }: Partial<SinkSettings>,
  actor: Actor
): Promise<PublicSink> {
  const { workspaceId } = membership
  const data = {
    ...(url === undefined ? {} : { url: validateSinkUrl(url, deps.allow) }),
    ...(types === undefined ? {} : { types }),
    ...(enabled === undefined ? {} : { enabled })
  }
  return deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const { id } = await findSink(tx, workspaceId, sinkId)
    const sink = await tx.eventSink.update({ where: { id }, data, omit: WITHOUT_SECRETS })
    if (!sink.enabled) await giveUp(tx, id, SINK_DISABLED)
    await deps.audit.record(tx, {
      action: 'event_sink.updated',
      actor,
      target: id,
      workspaceId,
      details: auditedSink(sink)
    })
    return publicSink(sink)
  })
}
