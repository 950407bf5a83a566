import { isIP } from 'node:net'
import type { EgressAllow } from '../platform/egress/allow-list.ts'
import { EgressError } from '../platform/egress/error-piece.ts'
import { bareHostname, readTarget } from '../platform/egress/target.ts'
import { Fault } from '../lib/fault.ts'

export const JWKS_URI_MAX_CHARS = 2048

/**
 * Judges where a key set may be fetched from: what egress would refuse is refused here, while somebody is there to read why. Plain http only
 * to hosts that the operator allows by name: elsewhere whoever stands between could put in keys.
 * @throws Fault `validation_failed`
 */
export function vetJwksUri(uri: string, allow: EgressAllow): void {
  const refused = (message: string): Fault =>
    new Fault('validation_failed', { why: 'jwks_uri', errors: [{ pointer: '/jwksUri', message }] })
  try {
    const { url, port } = readTarget(uri, allow, JWKS_URI_MAX_CHARS)
    const host = bareHostname(url.hostname)
    const trusted = allow.host(url.hostname, port) || (isIP(host) !== 0 && allow.address(host))
    if (url.protocol === 'http:' && !trusted)
      throw refused('must be https: over plain http anybody between could put in keys')
  } catch (error) {
    if (error instanceof EgressError) throw refused(error.message)
    throw error
  }
}
