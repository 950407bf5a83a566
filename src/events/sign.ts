import { createHmac, randomBytes } from 'node:crypto'
import type { SealedPlace } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'

/** Standard Webhooks 1.0.0 requires 24 to 64. */
const SECRET_BYTES = 32
const PREFIX = 'whsec_'

/** A new secret for a sink: `whsec_` and base64, the form that Standard Webhooks libraries accept. */
export function newSinkSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/** The place that the secret of a sink is sealed for. */
export function sinkSecretPlace(workspaceId: string): SealedPlace {
  return { table: 'event_sink', row: workspaceId, column: 'secret' }
}

/**
 * The headers by which a receiver verifies the sender and the freshness of a delivery, and recognizes repetitions
 * (Standard Webhooks 1.0.0, symmetric signatures).
 * @param id the `webhook-id`
 * @param seconds since the epoch
 */
export function signatureHeaders(secret: Secret, id: string, seconds: number, body: string): Record<string, string> {
  const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}
