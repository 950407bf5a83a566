import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import { EgressError } from '../platform/egress/error.ts'
import { readTarget } from '../platform/egress/target.ts'
import type { EgressAllow } from '../platform/egress/index.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Keyring } from '../lib/keyring.ts'
import { Secret } from '../lib/secret.ts'
import { CONTROL_CHARACTER, hasControlCharacter } from '../lib/stored-url.ts'
import type { Membership } from '../workspaces/access.ts'
import { lockWorkspace } from '../workspaces/quotas.ts'
import { newSinkSecret, sinkSecretPlace } from './sign.ts'

export const SINK_URL_MAX_CHARS = 2048

const SINK_REMOVED = 'the sink was removed'

/** The sink of a workspace, to which its events are delivered. */
export interface PublicSink {
  url: string
  createdAt: string
}

export interface SinkDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  keyring: Keyring
  /** The private addresses that the operator allows outgoing calls to reach. */
  allow: EgressAllow
}

/**
 * Delivers the events of a workspace to this URL from now on, signed with a new secret. The previous secret is
 * discarded.
 * @throws Fault `not_found`, `validation_failed` for a URL that outgoing calls may not reach
 */
export async function setSink(
  deps: SinkDeps,
  membership: Membership<'owner'>,
  sentUrl: string,
  actor: Actor
): Promise<{ sink: PublicSink; secret: Secret }> {
  const { workspaceId } = membership
  const url = validateUrl(sentUrl, deps.allow)
  const secret = new Secret(newSinkSecret())
  const data = {
    url,
    secret: deps.keyring.seal(secret.reveal(), sinkSecretPlace(workspaceId)),
    createdAt: new Date(deps.clock.now())
  }
  return deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    await tx.eventSink.upsert({ where: { workspaceId }, create: { workspaceId, ...data }, update: data })
    await deps.audit.record(tx, {
      action: 'event_sink.set',
      actor,
      target: workspaceId,
      workspaceId,
      details: { host: new URL(url).host }
    })
    return { sink: { url, createdAt: data.createdAt.toISOString() }, secret }
  })
}

/** @throws Fault `not_found` where the workspace has no sink */
export async function readSink({ database }: { database: Database }, membership: Membership): Promise<PublicSink> {
  const { workspaceId } = membership
  const sink = await database.prisma.eventSink.findUnique({ where: { workspaceId }, omit: { secret: true } })
  if (!sink) throw new Fault('not_found', { why: 'no_event_sink' })
  return { url: sink.url, createdAt: sink.createdAt.toISOString() }
}

/**
 * Removes the sink of a workspace. Events that are not delivered yet never will be.
 * @throws Fault `not_found` where the workspace has no sink
 */
export async function deleteSink(deps: SinkDeps, membership: Membership<'owner'>, actor: Actor): Promise<void> {
  const { workspaceId } = membership
  await deps.changes.transaction(async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const { count } = await tx.eventSink.deleteMany({ where: { workspaceId } })
    if (count === 0) throw new Fault('not_found', { why: 'no_event_sink' })
    await tx.outboxEvent.updateMany({
      where: { workspaceId, nextAttemptAt: { not: null } },
      data: { nextAttemptAt: null, failure: SINK_REMOVED }
    })
    await deps.audit.record(tx, { action: 'event_sink.removed', actor, target: workspaceId, workspaceId })
  })
}

/**
 * Rejects a URL now that every delivery would reject later, while its author can read the reason.
 * @returns the URL as it is stored
 */
function validateUrl(url: string, allow: EgressAllow): string {
  if (hasControlCharacter(url))
    throw new Fault('validation_failed', {
      why: 'event_sink',
      errors: [{ pointer: '/url', message: CONTROL_CHARACTER }]
    })
  try {
    return readTarget(url, allow, SINK_URL_MAX_CHARS).url.href
  } catch (error) {
    if (error instanceof EgressError)
      throw new Fault('validation_failed', { why: 'event_sink', errors: [{ pointer: '/url', message: error.message }] })
    throw error
  }
}
