import { createHmac, timingSafeEqual } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SentSignature, SignatureScheme } from './scheme.ts'

/**
 * Bytes that are hashed before other work gets a turn, because a large body comes from a caller who is not
 * authenticated yet.
 */
const CHUNK_BYTES = 256 * 1024

/**
 * Compares the signatures of a call with those that each secret gives for this body, in constant time.
 * @returns the signatures that are right; none if the call is not from the sender or was altered
 */
export async function matchSignatures(
  scheme: SignatureScheme,
  { signatures, parts }: SentSignature,
  secrets: readonly string[],
  body: Buffer
): Promise<Buffer[]> {
  const right = new Map<string, Buffer>()
  for (const secret of secrets) {
    const key = scheme.keyOf(secret)
    if (!key) continue
    const hmac = createHmac(scheme.algorithm, key)
    for (const part of parts) {
      const bytes = part === 'body' ? body : part
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        if (at > 0) await nextTurn()
        hmac.update(bytes.subarray(at, at + CHUNK_BYTES))
      }
    }
    const expected = hmac.digest()
    if (signatures.some((sent) => sent.length === expected.length && timingSafeEqual(sent, expected)))
      right.set(expected.toString('base64'), expected)
  }
  return [...right.values()]
}
