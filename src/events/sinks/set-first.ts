import type { Actor } from '../../lib/actor.ts'
import { Secret } from '../../lib/secret.ts'
import type { Membership } from '../../workspaces/access.ts'
import { lockWorkspace } from '../../workspaces/quotas.ts'
import { newSinkSecret } from '../sign.ts'
import { insertSink, type NewSink } from './create.ts'
import {
  auditedSink,
  firstSink,
  publicSink,
  type SinkDeps,
  sinkSecretPlace,
  validateSinkUrl,
  WITHOUT_SECRETS
} from './sink.ts'

/**
 * Gives the oldest sink of a workspace this URL and a new secret, and switches it on; the previous secrets are
 * discarded. A workspace without a sink gets one.
 * @throws Fault `not_found`, `validation_failed` for a URL that outgoing calls may not reach
 */
export async function setFirstSink(
  deps: SinkDeps,
  membership: Membership<'owner'>,
  sentUrl: string,
  actor: Actor
): Promise<NewSink> {
  const { workspaceId } = membership
  const url = validateSinkUrl(sentUrl, deps.allow)
  return deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const first = await firstSink(tx, workspaceId)
    if (!first) return insertSink(tx, deps, workspaceId, { url, types: [], enabled: true }, actor)
    const secret = new Secret(newSinkSecret())
    const sink = await tx.eventSink.update({
      where: { id: first.id },
      data: {
        url,
        enabled: true,
        secret: deps.keyring.seal(secret.reveal(), sinkSecretPlace(workspaceId)),
        formerSecret: null,
        formerSecretUntil: null
      },
      omit: WITHOUT_SECRETS
    })
    await deps.audit.record(tx, {
      action: 'event_sink.set',
      actor,
      target: first.id,
      workspaceId,
      details: auditedSink(sink)
    })
    return { sink: publicSink(sink), secret }
  })
}
