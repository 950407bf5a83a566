import type { Algorithm } from './algorithms.ts'
import { runCheck } from './checks.ts'
import { passGate } from './pass-gate.ts'
import { readPayload } from './read-token-json.ts'
import type { JsonObject } from './strict-json.ts'

/** What an unverified token says. For deciding which kind of token it is and who would have to know it; never for what it may do. */
export interface Peeked {
  readonly header: JsonObject
  readonly alg: Algorithm
  readonly kid: string | undefined
  readonly claims: JsonObject
}

/**
 * Reads a token's header and payload without verifying it, behind the same gate.
 * @throws JwsRefused
 */
export function peek(compact: string): Peeked {
  const { header, alg, kid, payload } = passGate(compact, runCheck)
  return { header, alg, kid, claims: readPayload(payload) }
}
