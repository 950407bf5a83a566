import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../lib/secret.ts'

/**
 * Whether the value of an `Authorization` header is `Bearer` with this token. Digests are compared in constant time, so
 * the time reveals neither the token nor its length.
 */
export function createMetricsTokenCheck(token: Secret): (authorization: string | undefined) => boolean {
  const expected = sha256(token.reveal())
  return (authorization) => {
    const [, given] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
    return given !== undefined && timingSafeEqual(sha256(given), expected)
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
