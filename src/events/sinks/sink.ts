import type { Audit } from '../../audit.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { isId } from '../../lib/ids.ts'
import type { Keyring, SealedPlace } from '../../lib/keyring.ts'
import { CONTROL_CHARACTER, hasControlCharacter } from '../../lib/stored-url.ts'
import type { Changes } from '../../platform/db/changes.ts'
import type { EventSink, Prisma } from '../../platform/db/client.ts'
import { EgressError } from '../../platform/egress/error.ts'
import type { EgressAllow } from '../../platform/egress/index.ts'
import { readTarget } from '../../platform/egress/target.ts'

export const SINK_URL_MAX_CHARS = 2048
/** The most sinks of a workspace. A sink that hangs occupies some of the concurrent deliveries of a process. */
export const SINKS_MAX = 10
/** The most types that one sink names. */
export const SINK_TYPES_MAX = 50

/** An endpoint to which events of a workspace are delivered. */
export interface PublicSink {
  id: string
  url: string
  /** The types of the events that it receives, such as `order.placed` or `order.*`. Empty = every type. */
  types: string[]
  /** Whether events are delivered. A sink that is off misses the events that are emitted meanwhile. */
  enabled: boolean
  createdAt: string
}

/** The settings of a sink. */
export interface SinkSettings {
  url: string
  types: string[]
  enabled: boolean
}

export interface SinkDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  keyring: Keyring
  /** The private addresses that the operator allows outgoing calls to reach. */
  allow: EgressAllow
}

export type SinkRow = Omit<EventSink, 'secret' | 'formerSecret'>

/** The columns that are never shown. */
export const WITHOUT_SECRETS = { secret: true, formerSecret: true } as const

/** A sink as the API shows it, without its secrets. */
export function publicSink({ id, url, types, enabled, createdAt }: SinkRow): PublicSink {
  return { id, url, types, enabled, createdAt: createdAt.toISOString() }
}

/**
 * The details of a sink for the audit log. Its URL is left out, because it may contain a credential of the receiver.
 */
export function auditedSink({ url, types, enabled }: SinkSettings) {
  return { host: new URL(url).host, types, enabled }
}

/** The place that the secret of a sink is sealed for. A secret of one workspace cannot be opened as that of another. */
export function sinkSecretPlace(workspaceId: string): SealedPlace {
  return { table: 'event_sink', row: workspaceId, column: 'secret' }
}

/** The place that the previous secret of a sink is sealed for. */
export function formerSinkSecretPlace(workspaceId: string): SealedPlace {
  return { table: 'event_sink', row: workspaceId, column: 'former_secret' }
}

/** @throws Fault `not_found` */
export async function findSink(
  client: Pick<Prisma.TransactionClient, 'eventSink'>,
  workspaceId: string,
  id: string
): Promise<SinkRow> {
  const sink = isId('snk', id)
    ? await client.eventSink.findFirst({ where: { id, workspaceId }, omit: WITHOUT_SECRETS })
    : null
  if (!sink) throw new Fault('not_found', { why: 'no_such_event_sink' })
  return sink
}

/** The oldest sink of a workspace, which `/event-sink` refers to. */
export function firstSink(
  client: Pick<Prisma.TransactionClient, 'eventSink'>,
  workspaceId: string
): Promise<SinkRow | null> {
  return client.eventSink.findFirst({
    where: { workspaceId },
    omit: WITHOUT_SECRETS,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }]
  })
}

/**
 * Checks the URL of a sink. It rejects what egress would reject at each delivery, so that the user sees the reason now.
 * @returns the URL as it is stored
 * @throws Fault `validation_failed`
 */
export function validateSinkUrl(url: string, allow: EgressAllow): string {
  if (hasControlCharacter(url)) throw urlFault(CONTROL_CHARACTER)
  try {
    return readTarget(url, allow, SINK_URL_MAX_CHARS).url.href
  } catch (error) {
    if (error instanceof EgressError) throw urlFault(error.message)
    throw error
  }
}

function urlFault(message: string): Fault {
  return new Fault('validation_failed', { why: 'event_sink', errors: [{ pointer: '/url', message }] })
}
