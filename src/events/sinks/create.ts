import type { Actor } from '../../lib/actor.ts'
import { newId } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { Prisma } from '../../platform/db/client.ts'
import type { Membership } from '../../workspaces/access.ts'
import { lockWorkspace, requireQuota } from '../../workspaces/quotas.ts'
import { newSinkSecret } from '../sign.ts'
import {
  auditedSink,
  type PublicSink,
  publicSink,
  type SinkDeps,
  SINKS_MAX,
  sinkSecretPlace,
  type SinkSettings,
  validateSinkUrl,
  WITHOUT_SECRETS
} from './sink.ts'

export interface NewSink {
  sink: PublicSink
  /** Shown once. */
  secret: Secret
}

/**
 * Delivers the events of a workspace to another URL from now on, signed with a secret of its own.
 * @throws Fault `validation_failed` for a URL that outgoing calls may not reach; `conflict` beyond {@link SINKS_MAX};
 *   `not_found` if the workspace was deleted
 */
export async function createSink(
  deps: SinkDeps,
  membership: Membership<'owner'>,
  settings: SinkSettings,
  actor: Actor
): Promise<NewSink> {
  const { workspaceId } = membership
  const url = validateSinkUrl(settings.url, deps.allow)
  return deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    return insertSink(tx, deps, workspaceId, { ...settings, url }, actor)
  })
}

/** Inserts a sink into a workspace that is locked. */
export async function insertSink(
  tx: Prisma.TransactionClient,
  deps: Pick<SinkDeps, 'audit' | 'clock' | 'keyring'>,
  workspaceId: string,
  settings: SinkSettings,
  actor: Actor
): Promise<NewSink> {
  requireQuota(await tx.eventSink.count({ where: { workspaceId } }), SINKS_MAX, 'event sinks in a workspace')
  const secret = new Secret(newSinkSecret())
  const sink = await tx.eventSink.create({
    data: {
      id: newId('snk'),
      workspaceId,
      ...settings,
      secret: deps.keyring.seal(secret.reveal(), sinkSecretPlace(workspaceId)),
      createdAt: new Date(deps.clock.now())
    },
    omit: WITHOUT_SECRETS
  })
  await deps.audit.record(tx, {
    action: 'event_sink.set',
    actor,
    target: sink.id,
    workspaceId,
    details: auditedSink(sink)
  })
  return { sink: publicSink(sink), secret }
}
