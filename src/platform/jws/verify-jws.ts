import { checkSignature } from './check-signature.ts'
import type { Algorithm } from './algorithms.ts'
import { runCheck } from './checks.ts'
import type { KeyRecord } from './key-record.ts'
import { parseCompactJws } from './parse-compact.ts'
import type { JsonObject } from './strict-json.ts'

export interface Verified {
  readonly header: JsonObject
  readonly alg: Algorithm
  /** The record whose key signed. */
  readonly key: KeyRecord
  /** The signed bytes, which may be anything: parse claims with `readPayload`. */
  readonly payload: Uint8Array
}

/**
 * Verifies a compact JWS with a registered key, or with the matching one of several. The claims are not checked.
 * @throws JwsError
 */
export async function verifyJws(compact: string, keys: KeyRecord | readonly KeyRecord[]): Promise<Verified> {
  const token = parseCompactJws(compact, runCheck)
  const key = await checkSignature(token, isList(keys) ? keys : [keys], runCheck)
  return { header: token.header, alg: token.alg, key, payload: token.payload }
}

function isList(keys: KeyRecord | readonly KeyRecord[]): keys is readonly KeyRecord[] {
  return Array.isArray(keys)
}
