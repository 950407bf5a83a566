import type { Actor } from '../../lib/actor.ts'
import { Secret } from '../../lib/secret.ts'
import type { Membership } from '../../workspaces/access.ts'
import { lockWorkspace } from '../../workspaces/quotas.ts'
import { newSinkSecret } from '../sign.ts'
import { findSink, formerSinkSecretPlace, type SinkDeps, sinkSecretPlace } from './sink.ts'

/**
 * Rotates the secret of a sink.
 *
 * Until the overlap ends, deliveries are signed with the previous secret too, so that the receiver can change over in
 * its own time. There are at most two secrets: a rotation during an overlap ends the older one at once.
 * @returns the new secret, which is shown once, and when the previous one ends (null = now)
 * @throws Fault `not_found`
 */
export async function rotateSinkSecret(
  deps: SinkDeps,
  membership: Membership<'owner'>,
  sinkId: string,
  overlapSeconds: number,
  actor: Actor
): Promise<{ secret: Secret; overlapEndsAt: Date | null }> {
  const { workspaceId } = membership
  const { keyring } = deps
  return deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const { id } = await findSink(tx, workspaceId, sinkId)
    const sink = await tx.eventSink.findUniqueOrThrow({ where: { id }, select: { secret: true } })
    const overlapEndsAt = overlapSeconds === 0 ? null : new Date(deps.clock.now() + overlapSeconds * 1000)
    const secret = new Secret(newSinkSecret())
    await tx.eventSink.update({
      where: { id },
      data: {
        secret: keyring.seal(secret.reveal(), sinkSecretPlace(workspaceId)),
        formerSecret: overlapEndsAt
          ? keyring.seal(
              keyring.open(sink.secret, sinkSecretPlace(workspaceId)).reveal(),
              formerSinkSecretPlace(workspaceId)
            )
          : null,
        formerSecretUntil: overlapEndsAt
      }
    })
    await deps.audit.record(tx, {
      action: 'event_sink.secret_rotated',
      actor,
      target: id,
      workspaceId,
      details: { overlapEndsAt: overlapEndsAt?.toISOString() ?? null }
    })
    return { secret, overlapEndsAt }
  })
}
