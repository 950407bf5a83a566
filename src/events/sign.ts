import { createHmac, randomBytes } from 'node:crypto'
import type { SealedPlace } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'

/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32
const PREFIX = 'whsec_'

/** What a sink checks signatures with: `whsec_` and base64, as the libraries of Standard Webhooks take it. */
export function newSinkSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/** Where a sink's secret is sealed. */
export function sinkSecretPlace(workspaceId: string): SealedPlace {
  return { table: 'event_sink', row: workspaceId, column: 'secret' }
}

/**
 * The headers that let a receiver know a delivery as ours, once, and fresh (Standard Webhooks 1.0.0, symmetric signatures).
 * @param seconds since the epoch
 */
export function signatureHeaders(secret: Secret, id: string, seconds: number, body: string): Record<string, string> {
  const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}
