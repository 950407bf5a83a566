import { createHmac, randomBytes } from 'node:crypto'
import type { Secret } from '../lib/secret.ts'

/** Standard Webhooks 1.0.0 requires 24 to 64 bytes. */
const SECRET_BYTES = 32
const PREFIX = 'whsec_'

/** A new secret for a sink: `whsec_` and base64, the form that Standard Webhooks libraries accept. */
export function newSinkSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/**
 * The headers by which a receiver verifies the sender and the freshness of a delivery, and recognizes repetitions
 * (Standard Webhooks 1.0.0, symmetric signatures). There is a signature for each secret, so that the receiver needs
 * only one of them.
 * @param secrets the current one first
 * @param id the `webhook-id`
 * @param seconds since the epoch
 */
export function signatureHeaders(
  secrets: readonly Secret[],
  id: string,
  seconds: number,
  body: string
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
}
