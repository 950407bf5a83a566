import type { Actor } from '../../lib/actor.ts'
import { Fault } from '../../lib/fault.ts'
import type { Prisma } from '../../platform/db/client.ts'
import type { Membership } from '../../workspaces/access.ts'
import { lockWorkspace } from '../../workspaces/quotas.ts'
import { giveUp, SINK_REMOVED } from './give-up.ts'
import { findSink, firstSink, type SinkDeps, type SinkRow } from './sink.ts'

/**
 * Removes a sink. Its pending deliveries are given up; other sinks are not affected.
 * @throws Fault `not_found`
 */
export function removeSink(
  deps: SinkDeps,
  membership: Membership<'owner'>,
  sinkId: string,
  actor: Actor
): Promise<void> {
  return remove(deps, membership, (tx, workspaceId) => findSink(tx, workspaceId, sinkId), actor)
}

/** Removes the oldest sink of a workspace. @throws Fault `not_found` if it has none */
export function removeFirstSink(deps: SinkDeps, membership: Membership<'owner'>, actor: Actor): Promise<void> {
  return remove(
    deps,
    membership,
    async (tx, workspaceId) => {
      const sink = await firstSink(tx, workspaceId)
      if (!sink) throw new Fault('not_found', { why: 'no_event_sink' })
      return sink
    },
    actor
  )
}

async function remove(
  deps: SinkDeps,
  { workspaceId }: Membership<'owner'>,
  find: (tx: Prisma.TransactionClient, workspaceId: string) => Promise<SinkRow>,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const { id, url } = await find(tx, workspaceId)
    await tx.eventSink.delete({ where: { id } })
    await giveUp(tx, id, SINK_REMOVED)
    await deps.audit.record(tx, {
      action: 'event_sink.removed',
      actor,
      target: id,
      workspaceId,
      details: { host: new URL(url).host }
    })
  })
}
